from midword_training.corpus import Document
from midword_training.lexicon import count_forms, forms_of


def test_case_counts_only_where_it_tells_something() -> None:
    text = "A Title of a Page\nThe plan, on Tuesday, is Tom's. Then GitHub's site isn't \"Up\" yet."
    assert list(forms_of(text)) == ["plan", "on", "Tuesday", "is", "Tom", "GitHub", "site", "isn't"]


def documents(text: str, sources: int) -> list[Document]:
    return [Document(text, f"s{i}") for i in range(sources)]


def test_rare_forms_and_variants_are_dropped() -> None:
    texts = documents("we meet on Tuesday, as GetDuration said, in May or it may be.", 3)
    texts += [Document("we meet on tuesday once, a xylophone too.", "s9")]
    counts = count_forms(texts, lambda _: 20.0, least_share=0.3)
    assert counts["Tuesday"] == 60
    assert counts["May"] == counts["may"] == 60
    assert not {"tuesday", "GetDuration", "xylophone"} & counts.keys()


def test_an_identifier_of_many_sources_is_a_name() -> None:
    assert "GitHub" in count_forms(documents("we use GitHub here.", 4), lambda _: 1.0)
