"""Bills and call records on paper: PDF, spreadsheets, links that show them, and exports as jobs."""
