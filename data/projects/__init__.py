"""The folder of a project: made of the shipped defaults, checked, and brought up to newer ones."""
