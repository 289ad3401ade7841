"""The services over HTTP: one app, its middleware, its process."""
