Console.WriteLine("leadscoring");
