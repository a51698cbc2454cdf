lock table lead in access share mode
