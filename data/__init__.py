"""What is true and who may know it; knows no screen."""
