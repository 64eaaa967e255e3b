"""The networks: their maths, tensors in and tensors out, and the generators that fill grids with them."""
