"""The three store interfaces, and the engines below them."""
