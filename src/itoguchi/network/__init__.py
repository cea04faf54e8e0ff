"""Bodies that meet: their meetings, agendas and presentations."""
