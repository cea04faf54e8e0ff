"""Reading what people type into the information link of a thread: a post, an answer, a correction."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itoguchi.core.actions import freeze_file
from itoguchi.core.uploads import kind_of, refuse_odd_file
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.network.actions import PostFacts
from itoguchi.network.forms.secretariat import FILE_HINT
from itoguchi.network.models import Post
from itoguchi.network.models.posts import LONGEST_POST

KINDS = [each for each in Post.Kind.choices if each[0] != Post.Kind.ANSWER]


class AnswerPostForm(forms.Form):
    """An answer, with a link or file."""

    text = forms.CharField(label=_("本文"), max_length=LONGEST_POST, widget=forms.Textarea({"rows": 6, "lang": "ja"}))
    link = forms.URLField(label=_("リンク"), max_length=500, required=False, assume_scheme="https")
    file = forms.FileField(
        label=_("ファイル"),
        max_length=100,
        required=False,
        validators=[refuse_odd_file, refuse_infected],
        help_text=FILE_HINT,
    )

    def facts(self) -> PostFacts:
        """What was typed; the file is kept by that."""
        said = self.cleaned_data
        given = said["file"]
        kept = freeze_file(given.name[-100:], given.read(), content_type=kind_of(given.name)) if given else None
        return PostFacts(
            text=said["text"],
            link=said["link"],
            file=kept,
            title=said.get("title", ""),
            kind=Post.Kind(said.get("kind", Post.Kind.ANSWER)),
            is_open=said.get("access") == "open",
        )


class PostForm(AnswerPostForm):
    """A notice, question or material, for members or for all."""

    kind = forms.ChoiceField(label=_("種類"), choices=KINDS, help_text=_("資料には、ファイルかリンクを付けます。"))
    title = forms.CharField(label=_("題名"), max_length=100, widget=forms.TextInput({"lang": "ja"}))
    access = forms.ChoiceField(
        label=_("見られる人"),
        choices=[("members", _("この糸の構成員だけ")), ("open", _("だれでも"))],
        initial="members",
        help_text=_("あとから変えられません。回答も、同じ人が読めます。"),
    )
    field_order = ("kind", "title", "text", "link", "file", "access")


class CorrectPostForm(AnswerPostForm):
    """A post put right, and what was put right."""

    title = forms.CharField(label=_("題名"), max_length=100, widget=forms.TextInput({"lang": "ja"}))
    correction = forms.CharField(
        label=_("訂正したこと"), max_length=300, help_text=_("記録に残り、本文とともに示されます。")
    )
    field_order = ("title", "text", "link", "file", "correction")

    def __init__(self, *args: Any, post: Post, **more: Any) -> None:
        more["initial"] = {name: getattr(post, name) for name in ("title", "text", "link")}
        super().__init__(*args, **more)
        if post.to_id:
            del self.fields["title"]
