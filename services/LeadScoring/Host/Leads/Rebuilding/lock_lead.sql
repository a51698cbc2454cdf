lock table lead in access exclusive mode
