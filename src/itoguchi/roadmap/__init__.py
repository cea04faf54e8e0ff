"""The national roadmap: fields, solutions, KPIs with their readings, milestones."""
