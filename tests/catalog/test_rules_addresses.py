"""What may stand in an address: slugs, and where a sign-in may lead."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.rules.addresses import LONGEST_SLUG, SLUG, local_path, slugify


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Näringslivets gröna omställning", "naringslivets-grona-omstallning"),
        ("Lärlabb: Hållbar utveckling", "larlabb-hallbar-utveckling"),
        ("BRP+ – att räkna på hållbar tillväxt", "brp-att-rakna-pa-hallbar-tillvaxt"),
        ("中文", "projekt"),
    ],
)
def test_a_title_becomes_an_address_that_people_can_read(title: str, slug: str) -> None:
    assert slugify(title) == slug


@given(st.text())
def test_every_title_becomes_a_slug(title: str) -> None:
    slug = slugify(title)
    assert SLUG.fullmatch(slug)
    assert len(slug) <= LONGEST_SLUG


@pytest.mark.parametrize("path", ["/arbeta", "/en/arbeta/projekt/1?sida=2#del", "/utskick/3"])
def test_a_path_on_this_site_is_kept(path: str) -> None:
    assert local_path(path, "/arbeta") == path


@pytest.mark.parametrize(
    "address",
    [
        "https://elak.example/",
        "//elak.example",
        "/\\elak.example",
        "\\/elak.example",
        "/\t/elak.example",
        "/ /elak.example",
        "javascript:alert(1)",
        "arbeta",
        "",
        "/arbeta\r\nSet-Cookie: a=b",
    ],
)
def test_no_address_leads_to_another_site(address: str) -> None:
    assert local_path(address, "/arbeta") == "/arbeta"


@given(st.text(alphabet=st.sampled_from("/\\:.@?#%[] \t\r\nabhtps"), max_size=30))
def test_whatever_is_typed_stays_on_the_site(address: str) -> None:
    kept = local_path(address, "/arbeta")
    as_browsers_read = kept.replace("\\", "/").replace("\t", "").replace("\r", "").replace("\n", "")
    assert urlsplit(urljoin("https://traffpunkt.example/logga-in", as_browsers_read)).netloc == "traffpunkt.example"
