"""Forms of a draft, and what they say as `Content`."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from pendopo.ground.directory.models import Agency, Assignment, Position
from pendopo.simaya.kinds.profiles import Profile
from pendopo.simaya.paper import given

from .drafting import LONGEST, REMARK, Addressee, AnnexText, Content, Initial

# Empty lines that a form offers beyond those that are filled in, and the fewest it shows.
SPARE, FEWEST = 1, 2
EMPTY = {"type": "doc", "content": [{"type": "paragraph"}]}
PARALLEL = "parallel"
POST = "post:"  # before the id of a post of one's own agency, in the list of receivers


class KindForm(forms.Form):
    """What to write."""

    kind = forms.ChoiceField(label=_("What will you write?"), widget=forms.RadioSelect)

    author = forms.ChoiceField(label=_("Whose letter is it?"), required=False)

    def __init__(self, *args, profile: Profile, authors: dict[str, Assignment], **kwargs):
        """`authors`: by id, in whose name the reader may begin a letter; at least one."""
        super().__init__(*args, **kwargs)
        kinds = [(code, kind.title) for code, kind in profile.kinds.items()]
        self.fields["kind"].choices = kinds
        self.fields["kind"].initial = kinds[0][0]
        self.fields["author"].choices = [(key, f"{one.person}, {one}") for key, one in authors.items()]
        self.fields["author"].initial = next(iter(authors))

    def clean_author(self) -> str:
        """The first, where the page had nothing to choose."""
        return self.cleaned_data["author"] or self.fields["author"].initial


class LetterForm(forms.Form):
    """The fields of a draft beside its body, addressees and initials."""

    kind = forms.ChoiceField(label=_("Kind"))
    subject = forms.CharField(label=_("Subject"), required=False, max_length=LONGEST["subject"])
    classification = forms.CharField(
        label=_("Classification"),
        required=False,
        max_length=LONGEST["classification"],
        help_text=_("The code of the matter, such as 000.1.2.3"),
    )
    security = forms.ChoiceField(label=_("Security"))
    urgency = forms.ChoiceField(label=_("Urgency"))
    signer = forms.ChoiceField(label=_("Who signs"), required=False)
    body = forms.CharField(label=_("Text"), required=False, strip=False, widget=forms.Textarea)
    doc = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("A file to attach"),
        help_text=_("PDF, at most 10 MB; five files at most"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )
    v = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, profile: Profile, signers: Iterable[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(code, kind.title) for code, kind in profile.kinds.items()]
        self.fields["security"].choices = [(code, one.word) for code, one in profile.security.items()]
        self.fields["urgency"].choices = [(code, one.word) for code, one in profile.urgency.items()]
        self.fields["signer"].choices = [("", _("not chosen yet")), *signers]
        # A draft may be saved without them; a letter is not submitted without.
        for name in ("subject", "classification", "signer"):
            self.fields[name].widget.attrs["data-needed"] = ""


class AddresseeForm(forms.Form):
    """One line of "to" or of the copies."""

    agency = forms.ChoiceField(label=_("Agency"), required=False)
    line = forms.CharField(label=_("As it stands in the letter"), required=False, max_length=LONGEST["line"])

    def __init__(self, *args, agencies: Iterable[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", _("on paper only")), *agencies]
        self.fields["agency"].label = _("Agency or post")


class InitialForm(forms.Form):
    """One post that initials."""

    post = forms.ChoiceField(label=_("Who initials"), required=False)
    how = forms.ChoiceField(
        label=_("In which order"),
        required=False,
        choices=[("", _("after the one above")), (PARALLEL, _("together with the one above"))],
    )

    def __init__(self, *args, posts: Iterable[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["post"].choices = [("", _("nobody")), *posts]


class AnnexForm(forms.Form):
    """One annex: its title, and its text as the letter's own is sent."""

    title = forms.CharField(label=_("Title of the annex"), required=False, max_length=LONGEST["annex"])
    body = forms.CharField(required=False, strip=False, widget=forms.Textarea)
    doc = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["data-needed"] = ""


class CommentForm(forms.Form):
    """Why a letter is returned."""

    comment = forms.CharField(
        label=_("What should change?"),
        max_length=REMARK,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say what should change, so that the author can mend it")},
    )


class PassphraseForm(forms.Form):
    """What opens one's own signing key, for this one act."""

    passphrase = forms.CharField(
        label=_("Passphrase of your signing key"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the passphrase of your signing key")},
    )


class Draft:
    """All forms of a draft's page, bound to what was sent or filled with what the draft says."""

    def __init__(
        self,
        content: Content,
        v: int,
        *,
        profile: Profile,
        signers: list[tuple[str, str]],
        posts: list[tuple[str, str]],
        agencies: list[tuple[str, str]],
        annex: bool = False,
        data=None,
        files=None,
    ):
        """`annex`: one annex more than the draft has, to be written."""
        self.content = content
        self.letter = LetterForm(data, files, initial=_initial(content, v), profile=profile, signers=signers)
        to = [_line(one) for one in content.addressees if one.role == "to"]
        copies = [_line(one) for one in content.addressees if one.role == "copy"]
        receivers = [*agencies, *((f"{POST}{key}", title) for key, title in posts)]
        self.to = _lines(AddresseeForm, "to", to, data, agencies=receivers)
        self.copies = _lines(AddresseeForm, "copy", copies, data, agencies=receivers)
        self.initials = _lines(InitialForm, "initial", _turns(content), data, posts=posts)
        annexes = [{"title": one.title, "body": given.as_text(one.body)[0]} for one in content.annexes]
        self.annexes = _lines(AnnexForm, "annex", annexes, data, spare=int(annex), fewest=0)
        self.names = dict(receivers)

    @property
    def forms(self) -> list[forms.Form]:
        """Every form of the page."""
        return [self.letter, *self.to, *self.copies, *self.initials, *self.annexes]

    @property
    def annexed(self) -> list[dict]:
        """For each form of an annex the body/1 it was made from."""
        kept = [one.body for one in self.content.annexes]
        return [*kept, *(EMPTY for _more in self.annexes[len(kept) :])]

    def is_valid(self) -> bool:
        """Whether each of them can be read."""
        return not [form for form in self.forms if not form.is_valid()]

    def given(self) -> Content:
        """What was sent, as content; BadBody or `Fault json.*` of its text. Ask `is_valid` first."""
        said = self.letter.cleaned_data
        signer, *behalf = said["signer"].split(":")
        return Content(
            kind=said["kind"],
            subject=said["subject"],
            body=given.body(said["doc"], said["body"], self.content.body),
            security=said["security"],
            urgency=said["urgency"],
            classification=said["classification"],
            signer=signer,
            on_behalf=tuple(behalf),
            addressees=(*self._addressees(self.to, "to"), *self._addressees(self.copies, "copy")),
            initials=self._initials(),
            annexes=tuple(one for one in self._annexes() if not one.empty),
            files=self.content.files,
        )

    def _addressees(self, lines: list[forms.Form], role: str) -> Iterable[Addressee]:
        for form in lines:
            agency, line = form.cleaned_data["agency"], form.cleaned_data["line"]
            if agency or line:
                named = {"post": agency[len(POST) :]} if agency.startswith(POST) else {"agency": agency}
                yield Addressee(line=line or self.names[agency], role=role, **named)

    def _annexes(self) -> Iterable[AnnexText]:
        for form, kept in zip(self.annexes, self.annexed, strict=True):
            said = form.cleaned_data
            yield AnnexText(title=said["title"], body=given.body(said["doc"], said["body"], kept))

    def _initials(self) -> tuple[Initial, ...]:
        found: list[Initial] = []
        for form in self.initials:
            post, parallel = form.cleaned_data["post"], form.cleaned_data["how"] == PARALLEL
            if post:
                turn = found[-1].turn if found and parallel else found[-1].turn + 1 if found else 1
                kind = "coordination" if parallel else "hierarchy"
                found.append(Initial(post=post, turn=turn, kind=kind))
        return tuple(found)


def _lines(
    form: type[forms.Form],
    prefix: str,
    filled: list[dict],
    data,
    *,
    spare: int = SPARE,
    fewest: int = FEWEST,
    **options,
) -> list[forms.Form]:
    count = max(len(filled) + spare, fewest)
    if data is not None:
        # As many as were sent: the page may have been made when fewer were filled in.
        numbers = [int(name.split("-")[1]) for name in data if _numbered(name, prefix)]
        count = max([count, *(number + 1 for number in numbers if number < 1000)])
    rows = [*filled, *({} for _ in range(count - len(filled)))]
    return [
        form(data, initial=row, prefix=f"{prefix}-{number}", **options) for number, row in enumerate(rows)
    ]


def _numbered(name: str, prefix: str) -> bool:
    parts = name.split("-")
    return len(parts) == 3 and parts[0] == prefix and parts[1].isdecimal() and len(parts[1]) <= 3


def _initial(content: Content, v: int) -> dict:
    return {
        "kind": content.kind,
        "subject": content.subject,
        "classification": content.classification,
        "security": content.security,
        "urgency": content.urgency,
        "signer": ":".join((content.signer, *content.on_behalf)) if content.signer else "",
        "body": given.as_text(content.body)[0],
        "v": v,
    }


def _line(one: Addressee) -> dict:
    return {"agency": f"{POST}{one.post}" if one.post else one.agency, "line": one.line}


def _turns(content: Content) -> list[dict]:
    found, last = [], 0
    for one in content.initials:
        found.append({"post": one.post, "how": PARALLEL if one.turn == last else ""})
        last = one.turn
    return found


def agencies_for(agency: Agency) -> list[tuple[str, str]]:
    """Agencies that letters can be sent to: all that the registry names, but one's own."""
    return list(Agency.objects.exclude(pk=agency.pk).order_by("name").values_list("code", "name"))


def posts_for(agency: Agency) -> list[tuple[str, str]]:
    """The agency's posts, heads first."""
    found = Position.objects.filter(unit__agency=agency).order_by("-heads", "unit__code", "title")
    return [(str(post.pk), post.title) for post in found]
