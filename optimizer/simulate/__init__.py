"""Days as they happen, and how different ways to run them do: `line3 simulate`."""
