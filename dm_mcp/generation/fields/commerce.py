"""Field types for trade and work: product, product_name, department, company, job_title."""

from __future__ import annotations

import numpy as np

from dm_mcp.generation.columns import Column, Ints, Picked, Pool, TextColumn, TextPart
from dm_mcp.generation.fields.numbered import NumberedText
from dm_mcp.generation.fields.phrase import PhraseField
from dm_mcp.generation.phrases import Phrase
from dm_mcp.generation.registry import Distinct, NoOptions, field_type
from dm_mcp.generation.vocabulary import Vocabulary

__all__ = ["Company", "Department", "JobTitle", "Product", "ProductName"]

_PRODUCTS = Pool((
    "Backpack", "Ball", "Basket", "Bench", "Bicycle", "Blanket", "Bottle", "Bowl", "Bracelet", "Camera", "Candle",
    "Chair", "Clock", "Coat", "Desk", "Drill", "Earrings", "Gloves", "Hammer", "Hat", "Headphones", "Jacket",
    "Kettle", "Keyboard", "Knife", "Lamp", "Laptop", "Mirror", "Monitor", "Mouse", "Mug", "Notebook", "Pants",
    "Pen", "Pillow", "Plate", "Printer", "Puzzle", "Radio", "Ring", "Rug", "Saucepan", "Scarf", "Shelf", "Shirt",
    "Shoes", "Sofa", "Speaker", "Suitcase", "Sunglasses", "Table", "Teapot", "Tent", "Toaster", "Towel", "Train",
    "Umbrella", "Vase", "Wallet", "Watch",
))  # fmt: skip
_MATERIALS = Pool((
    "Aluminium", "Bamboo", "Brass", "Bronze", "Canvas", "Ceramic", "Copper", "Cork", "Cotton", "Felt", "Glass",
    "Granite", "Iron", "Leather", "Linen", "Marble", "Metal", "Oak", "Plastic", "Rattan", "Rubber", "Silk",
    "Silver", "Steel", "Stone", "Walnut", "Wooden", "Wool",
))  # fmt: skip
_QUALITIES = Pool((
    "Awesome", "Compact", "Classic", "Colourful", "Durable", "Elegant", "Ergonomic", "Everyday", "Extra-Large",
    "Folding", "Handcrafted", "Handmade", "Incredible", "Licensed", "Lightweight", "Luxurious", "Modern",
    "Oriental", "Portable", "Practical", "Recycled", "Refined", "Refurbished", "Rustic", "Sleek", "Slim", "Small",
    "Soft", "Sturdy", "Tasteful", "Unbranded", "Vintage",
))  # fmt: skip
_DEPARTMENTS = Pool((
    "Automotive", "Baby", "Beauty", "Books", "Clothing", "Computers", "Electronics", "Games", "Garden", "Grocery",
    "Health", "Home", "Industrial", "Jewelry", "Kids", "Kitchen", "Movies", "Music", "Office", "Outdoors", "Pets",
    "Shoes", "Sports", "Tools", "Toys", "Travel",
))  # fmt: skip


class _Words(NumberedText[NoOptions]):
    """One word of each of some lists, with spaces between."""

    _pools: tuple[Pool, ...]
    _what: str

    def distinct(self) -> Distinct:
        """Every word with every other."""
        return Distinct(int(np.prod([len(pool) for pool in self._pools])), self._what)

    def numbered(self, numbers: Ints) -> Column:
        """The last word changes with each number."""
        parts: list[TextPart] = []
        for pool in reversed(self._pools):
            numbers, word = np.divmod(numbers, len(pool))
            parts[:0] = [" ", Picked(pool, word)]
        return TextColumn(tuple(parts[1:]))


@field_type("product")
class Product(_Words):
    """What a thing is that is for sale, e.g. "Chair"; English in every locale."""

    _pools = (_PRODUCTS,)
    _what = f"{len(_PRODUCTS)} products"


@field_type("product_name")
class ProductName(_Words):
    """What a thing is called that is for sale, e.g. "Ergonomic Wooden Chair"; English in every locale."""

    _pools = (_QUALITIES, _MATERIALS, _PRODUCTS)
    _what = f"{len(_QUALITIES)} qualities, {len(_MATERIALS)} materials and {len(_PRODUCTS)} products"


@field_type("department")
class Department(_Words):
    """A department of a store, e.g. "Garden"; English in every locale."""

    _pools = (_DEPARTMENTS,)
    _what = f"{len(_DEPARTMENTS)} departments"


@field_type("company", "company_name")
class Company(PhraseField[NoOptions]):
    """A company as the locale calls them, e.g. "Meier & Söhne GmbH"."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's companies."""
        return words.phrase("company", "company")


@field_type("job_title", "job")
class JobTitle(PhraseField[NoOptions]):
    """An occupation in the locale's language where Faker has it, else in English, e.g. "Civil engineer"."""

    def phrase(self, words: Vocabulary) -> Phrase:
        """The locale's occupations."""
        return words.phrase("job", "job")
