"""gaozhi: 证明事项告知承诺制 from the command line."""

__version__ = "0.1.0"
