"""What every room shares and no domain owns: journal, approvals, tables, maps, files in and out, the base page."""
