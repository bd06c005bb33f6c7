"""What does the graph look like from outside? ``python -m graphql_schema.print_schema`` writes schema.graphql anew."""

import sys

from graphql_schema.schema import build_schema

if __name__ == "__main__":
    sys.stdout.write(build_schema().as_str() + "\n")
