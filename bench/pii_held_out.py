"""Writes held-out texts, columns and tables as JSON to a path, with what Presidio finds in each.

Sentences and values come from other people's generators (presidio-evaluator, Faker) and the tables
of vega-datasets: nothing here was chosen by what Assay finds. `bench/pii-held-out.ts` runs this.
"""

import json
import random
import sys
import warnings

warnings.filterwarnings("ignore")

import presidio_analyzer.predefined_recognizers as known
import spacy
from faker import Faker
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_evaluator.data_generator import PresidioSentenceFaker
from spacy.language import Language
from vega_datasets import local_data

SEED = 20240607
SENTENCES = 3000
CELLS = 100
# Presidio's own least score of a match with context.
LEAST_SCORE = 0.4

KINDS = {
    "EMAIL_ADDRESS": "email", "PHONE_NUMBER": "phone", "CREDIT_CARD": "credit-card",
    "IBAN_CODE": "iban", "US_SSN": "us-ssn", "IP_ADDRESS": "ip-address", "MAC_ADDRESS": "mac-address",
    "STREET_ADDRESS": "street-address", "ES_NIF": "es-nif", "ES_NIE": "es-nif",
    "IT_FISCAL_CODE": "it-fiscal-code", "PL_PESEL": "pl-pesel", "IN_AADHAAR": "in-aadhaar",
    "UK_NHS": "uk-nhs", "CRYPTO": "crypto-wallet", "DE_TAX_ID": "de-tax-id",
}
RECOGNISERS = [
    "EmailRecognizer", "PhoneRecognizer", "CreditCardRecognizer", "IbanRecognizer", "UsSsnRecognizer",
    "IpRecognizer", "MacAddressRecognizer", "EsNifRecognizer", "EsNieRecognizer",
    "ItFiscalCodeRecognizer", "PlPeselRecognizer", "InAadhaarRecognizer", "NhsRecognizer",
    "CryptoRecognizer", "DeTaxIdRecognizer",
]


@Language.component("lower_as_lemma")
def lower_as_lemma(doc):
    """A blank pipeline has no lemmas, by which Presidio knows the words beside a match."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def presidio():
    nlp = spacy.blank("en")
    nlp.add_pipe("lower_as_lemma")
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": nlp}
    registry = RecognizerRegistry(supported_languages=["en"])
    for name in RECOGNISERS:
        registry.add_recognizer(getattr(known, name)(supported_language="en"))
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def found_by(analyzer, text, words=()):
    results = analyzer.analyze(text, "en", score_threshold=LEAST_SCORE, context=list(words) or None)
    return sorted({(KINDS[r.entity_type], r.start, r.end) for r in results if r.entity_type in KINDS})


def sentences(analyzer):
    made = PresidioSentenceFaker(locale="en_US", lower_case_ratio=0.05, random_seed=SEED)
    for sample in made.generate_new_fake_sentences(SENTENCES):
        yield {
            "text": sample.full_text,
            "spans": [[KINDS.get(s.entity_type, ""), s.start_position, s.end_position] for s in sample.spans],
            "peer": found_by(analyzer, sample.full_text),
        }


WORLD = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "pt_BR", "sv_SE", "tr_TR", "en_IN"]
# Kind, name of the column, how Faker writes it, where. Its Aadhaar numbers have another check digit than real ones.
PERSONAL = [
    ("email", "email", lambda f: f.email(), WORLD),
    ("phone", "phone", lambda f: f.phone_number(), WORLD),
    ("iban", "iban", lambda f: f.iban(), ["en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL"]),
    ("credit-card", "credit_card", lambda f: f.credit_card_number(), ["en_US"]),
    ("us-ssn", "ssn", lambda f: f.ssn(), ["en_US"]),
    ("es-nif", "nif", lambda f: f.nif(), ["es_ES"]),
    ("es-nif", "nie", lambda f: f.nie(), ["es_ES"]),
    ("it-fiscal-code", "codice_fiscale", lambda f: f.ssn(), ["it_IT"]),
    ("pl-pesel", "pesel", lambda f: f.pesel(), ["pl_PL"]),
    ("fr-nir", "nir", lambda f: f.ssn(), ["fr_FR"]),
    ("ip-address", "ip", lambda f: f.ipv4_public(), ["en_US"]),
    ("ip-address", "ip", lambda f: f.ipv6(), ["en_US"]),
    ("mac-address", "mac", lambda f: f.mac_address(), ["en_US"]),
    ("person-name", "full_name", lambda f: f.name(), WORLD),
    ("street-address", "address", lambda f: f.street_address(), WORLD),
    ("date-of-birth", "date_of_birth", lambda f: str(f.date_of_birth()), ["en_US"]),
]
BENIGN = {
    **{name: (lambda f, n=name: str(getattr(f, n)())) for name in [
        "company", "job", "bs", "catch_phrase", "ean13", "ean8", "isbn13", "isbn10", "license_plate",
        "color", "uuid4", "md5", "sha1", "sha256", "file_path", "file_name", "user_agent", "uri",
        "domain_name", "currency_code", "swift11", "city", "country", "postcode", "date",
        "iso8601", "unix_time", "paragraph", "sentence", "pyfloat", "pyint", "port_number",
        "coordinate", "locale", "mime_type", "language_name", "ascii_free_email_domain",
    ] if hasattr(Faker(), name)},
    **{f"like {pattern}": (lambda f, p=pattern: f.bothify(p, letters="ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for pattern in [
        "########?", "#######?", "?#######?", "??######", "???-#####", "SKU-########", "??-####-??",
        "%###############", "%##############", "%#############", "%############", "%###########", "%##########",
        "%#########", "%########", "###-###-###", "####-####-####", "??## #### ####",
        "ORD-%#########", "ITEM ########?",
    ]},
}


def columns(analyzer):
    for kind, name, write, locales in PERSONAL:
        for locale in locales:
            fake = Faker(locale)
            fake.seed_instance(SEED)
            cells = [write(fake).replace("\n", ", ") for _ in range(CELLS)]
            peer = sum(any(k == kind for k, _, _ in found_by(analyzer, c, name.split("_"))) for c in cells)
            alone = sum(any(k == kind for k, _, _ in found_by(analyzer, c)) for c in cells)
            yield {"kind": kind, "name": name, "locale": locale, "cells": cells, "peer": peer, "peerAlone": alone}


def benign(analyzer):
    random.seed(SEED)
    fake = Faker(["en_US", "es_ES", "de_DE"])
    fake.seed_instance(SEED)
    for name, write in BENIGN.items():
        cells = [write(fake) for _ in range(CELLS)]
        yield {"name": name, "cells": cells, "peer": sum(bool(found_by(analyzer, c)) for c in cells)}


def tables(analyzer):
    for name in local_data.list_datasets():
        try:
            frame = getattr(local_data, name.replace("-", "_"))()
        except Exception:
            continue  # of another form than a table
        rows = [["" if c != c else str(c) for c in row] for row in frame.head(CELLS).to_numpy().tolist()]
        if not rows:
            continue
        peer = sum(bool(found_by(analyzer, cell)) for row in rows for cell in row if cell)
        yield {"name": name, "header": [str(c) for c in frame.columns], "rows": rows, "peer": peer}


if __name__ == "__main__":
    analyzer = presidio()
    parts = (sentences, columns, benign, tables)
    with open(sys.argv[1], "w") as out:
        json.dump({part.__name__: list(part(analyzer)) for part in parts}, out)
