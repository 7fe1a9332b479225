"""The dock "Discover equation": one view for each step of the workflow."""
