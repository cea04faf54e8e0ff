"""Forms of the exchange: problems and questions (`problems`), proposals and ratings (`proposals`), offers (`offers`)."""
