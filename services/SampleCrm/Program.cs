Console.WriteLine("samplecrm");
