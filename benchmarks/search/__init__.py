"""The search of docs/results.md: blocks, accounts, the rule, and one file a direction."""
