"""Reading what people type about meetings and clauses (`meetings`) and about opinions (`opinions`)."""

from itoguchi.network.forms.meetings import ActionForm, MeetingForm, typed

__all__ = ["ActionForm", "MeetingForm", "typed"]
