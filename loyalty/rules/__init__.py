"""Which rewards follow from a happening? Pure: no clock, no database, no chance."""
