"""Where the pieces meet: settings become ports, ports a graph, and the graph every route. Nobody imports it."""
