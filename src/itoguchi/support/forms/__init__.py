"""Reading what people type about needs (`needs`); what can't be is refused beside its field."""
