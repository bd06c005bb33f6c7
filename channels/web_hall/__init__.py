"""The web hall (网厅): server-rendered pages over the graph."""
