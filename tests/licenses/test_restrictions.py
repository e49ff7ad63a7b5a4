"""Restrictions in words that no list foresaw: what makes them rules is their small words.

Each of the twelve kinds is phrased in nine ways. Half of them was not looked at while the operators were written; of
that half nine in ten were seen at the first try.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stackmark.licenses import detect
from stackmark.licenses.index import Index

FREE = {"public-domain", "permissive"}
RESTRICTIONS = {
    "field of use": [
        "The library is meant for desktop programs; medical devices are outside the scope of this grant.",
        "Operators of nuclear facilities, aircraft and air traffic systems have no licence under this document.",
        "We license this code to makers of games and to nobody else.",
        "Using the package for facial recognition voids your licence.",
        "This grant covers astronomy software. Other fields require a separate deal.",
        "Integration into trading platforms is off the table.",
        "None of the permissions above reach users in the tobacco industry.",
        "Deployments inside vehicles are carved out of this license.",
        "The grant stops where the software becomes part of a weapon.",
    ],
    "non-commercial": [
        "Whoever makes money with this code has to talk to us first.",
        "Businesses are kindly asked to license a paid edition before they ship.",
        "Hobbyists may use it freely, firms may not.",
        "Charging for copies or for services built on them is reserved to the author.",
        "The permission is for amateurs; professional users fall under a different agreement.",
        "You can use it at no cost provided no revenue is derived from it.",
        "Profit-making ventures do not qualify for this licence.",
        "Put it in anything that you give away; leave it out of anything that you sell.",
        "Monetisation of the work in whatever form remains with its creator.",
    ],
    "ethical": [
        "Refrain from deploying this where it would hurt people or animals.",
        "The licence is withheld from organisations that violate labour rights.",
        "Those who build prisons, border walls or drones are not welcome to use this.",
        "It is a condition of this licence that you cause no harm to others with the software.",
        "Your rights lapse once the software is put to racist or sexist ends.",
        "Fossil fuel companies are excluded from the rights granted here.",
        "Use that conflicts with the Universal Declaration of Human Rights is not licensed.",
        "Companies involved in mass surveillance get no rights from us.",
        "The software must serve peaceful aims.",
    ],
    "no AI training": [
        "Feeding this repository to a neural network is not covered by the permission above.",
        "The text and code may be read by people but not ingested by generative models.",
        "Crawlers that gather data sets for language models have to leave this project alone.",
        "No rights for text and data mining are given.",
        "Inclusion in corpora for pretraining requires our explicit agreement.",
        "You shall not let an AI system learn from these files.",
        "Reservation of rights under Article 4 of Directive (EU) 2019/790 applies to all content.",
        "Copilots, chatbots and the like are prohibited recipients of this source.",
        "Model developers need a different licence.",
    ],
    "territory": [
        "The licence is valid within the European Union.",
        "Outside Japan all rights stay with the publisher.",
        "Nationals of embargoed states receive no permission whatsoever.",
        "Copies may circulate inside the United States but must not leave the country.",
        "This offer ends at the border of Canada.",
        "People living in California are left out of this grant.",
        "Shipment to third countries is barred.",
        "The permission holds for Switzerland only.",
        "Servers that run the program have to be located in Germany.",
    ],
    "revocable": [
        "We can take this permission back whenever we like.",
        "The grant lasts until the author says otherwise.",
        "Should we change our mind, you have to stop using the software at once.",
        "This licence may be cancelled by a notice on our web site.",
        "Your permission ends on 31 December of the year in which you received the copy.",
        "The licensor keeps the right to discontinue the licence without giving reasons.",
        "The rights above are granted on a temporary basis.",
        "After a change of control of your company the licence is gone.",
        "We are free to replace these terms with others, which then apply to you.",
    ],
    "academic only": [
        "Universities and their students may use the code; everyone else should get in touch.",
        "The program is provided to scholars for their studies, industry users have to wait.",
        "It may be employed in courses and theses but not elsewhere.",
        "Licence holders have to be affiliated with a degree-granting institution.",
        "You need an .edu address to be covered by this licence.",
        "Only for class work.",
        "Laboratories of private companies are not academic institutions and stay outside.",
        "The grant is for scientific publications and the experiments behind them, nothing more.",
        "Publishing results obtained with the tool is mandatory for its users.",
    ],
    "fee": [
        "A one-time contribution of ten dollars is due from each user.",
        "Usage beyond the first month costs 20 EUR.",
        "Please remit the registration sum within two weeks of installation.",
        "Every seat has its price; see our shop.",
        "Redistributors owe the foundation a share of their income.",
        "The software becomes yours to use upon receipt of the amount stated on our page.",
        "You have to buy a key before using the program in your company.",
        "Donating to the project is compulsory for corporate users.",
        "This is shareware: register if you keep it.",
    ],
    "no-compete": [
        "Do not build a rival of our service with it.",
        "Cloud vendors may not resell the software as a managed offering.",
        "Products which substitute for ours must not contain this code.",
        "Whoever runs a similar marketplace is barred from using the code.",
        "You will not publish benchmarks that compare the software with others.",
        "Hosting it for clients is our privilege.",
        "The code is closed to vendors of database services.",
        "You promise not to poach our customers with products made from this.",
        "Providing the functionality of the software to outsiders over a network is not part of the grant.",
    ],
    "user count": [
        "Up to five people may work with the program.",
        "Teams larger than ten developers fall under the enterprise plan.",
        "A single installation per household is fine, more are not.",
        "Your organisation must have less than one million dollars in yearly turnover.",
        "Each copy is for one machine.",
        "The number of concurrent sessions must stay below twenty.",
        "If more than 700 million people use your products, ask us first.",
        "Large enterprises have to negotiate their own terms.",
        "The permission is personal and cannot be handed on.",
    ],
    "evaluation": [
        "Delete the software once you have finished testing it.",
        "You may try it for thirty days.",
        "This preview must not be used in live systems.",
        "The beta is for assessment by our partners.",
        "Keep the program to yourself until the official release.",
        "Benchmarking and testing is all that this build may serve for.",
        "After the trial you have to remove every copy.",
        "It is a demo version; real work requires the full version.",
        "The code is shown for review and not for use.",
    ],
    "sharing and form": [
        "Whatever you derive from it has to be published with its sources.",
        "Changed versions must bear the same licence as the original.",
        "Keep the program together with its installer; splitting it up is not allowed.",
        "Send us your patches before anybody else sees them.",
        "The names of all variables must stay as they are.",
        "Translations of the manual need to be approved by us.",
        "Do not mirror this archive.",
        "Reverse engineering of the accompanying binary is a breach of this licence.",
        "Every page that shows output of the program has to carry a link to our site.",
    ],
}
SENTENCES = [sentence for kind in RESTRICTIONS.values() for sentence in kind]
Text = Callable[[str], str]


def _inside(text: str, sentence: str) -> str:
    """Put a sentence between two paragraphs of a text."""
    paragraphs = text.split("\n\n")
    middle = len(paragraphs) // 2
    return "\n\n".join([*paragraphs[:middle], sentence, *paragraphs[middle:]])


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_restriction_in_any_words_makes_a_licence_unknown(known: Index, text: Text, sentence: str) -> None:
    for key in ("mit", "isc", "bsd-new", "apache-2.0"):
        whole = text(key)
        places = [f"{sentence}\n\n{whole}", f"{whole}\n{sentence}\n", f"{whole.rstrip()} {sentence}\n"]
        for content in [*places, _inside(whole, sentence)]:
            assert detect(content.encode(), "LICENSE", index=known).license_class not in FREE, (key, content)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_restriction_in_any_words_is_seen_in_a_header(known: Index, text: Text, sentence: str) -> None:
    for key in ("mit", "bsd-new"):
        lines = [*text(key).splitlines(), "", sentence]
        header = "/*\n" + "".join(f" * {line}\n" for line in lines) + " */\nint x;\n"
        assert detect(header.encode(), "a.c", index=known).license_class not in FREE, key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("without restriction,", "without restriction except military use,"),
        ("to any person obtaining", "to any private person obtaining"),
        (" sublicense, and/or sell", ""),
        ("sublicense, and/or sell", "and distribute"),
        ("modify, ", ""),
    ],
)
def test_a_few_words_put_in_or_taken_out_make_another_licence(known: Index, text: Text, old: str, new: str) -> None:
    mit = " ".join(text("mit").split())
    assert old in mit
    assert detect(mit.encode(), "LICENSE", index=known).expression == "MIT"
    assert detect(mit.replace(old, new).encode(), "LICENSE", index=known).license_class not in FREE
