from tests.api.conftest import Mint, management, mint

__all__ = ["Mint", "management", "mint"]
