"""The site: settings, addresses of every room, the home page, and the commands that start and stop it."""
