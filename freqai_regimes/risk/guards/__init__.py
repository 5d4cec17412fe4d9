"""When to stop: each guard looks at one danger and says whether entries are blocked, and why."""
