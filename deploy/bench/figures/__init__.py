"""The figures, one module per part of the product. Each yields `Result`s."""
