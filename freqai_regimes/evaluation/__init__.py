"""What a run was worth: rank correlation and its null, the table by regime, the HTML report."""
