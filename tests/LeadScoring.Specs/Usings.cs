global using static LeadScoring.Specs.Story;
