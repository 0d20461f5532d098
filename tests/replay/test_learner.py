from base64 import b64encode

from tests.replay.learner import Learner

RECORDED, OURS = "l691tcvs0xf7kqnupq22b", "a1b2c3d4e5f6g7h8i9j0k"


def test_a_learned_value_is_put_into_later_requests() -> None:
    learner = Learner()
    assert learner.learn(RECORDED, OURS) is None
    learner.name("http://localhost:3001", "http://localhost:3180")
    assert learner.text(f"http://localhost:3001/api/users/{RECORDED}") == f"http://localhost:3180/api/users/{OURS}"
    assert learner.json({"a": [RECORDED, 1]}) == {"a": [OURS, 1]}


def test_values_are_replaced_once_and_longest_first() -> None:
    learner = Learner()
    learner.name("abc", "abcd")
    learner.name("abcd", "abc")
    assert learner.text("abcd abc") == "abc abcd"


def test_basic_credentials_are_translated_inside_their_encoding() -> None:
    learner = Learner()
    learner.name(RECORDED, OURS)
    recorded = "Basic " + b64encode(f"{RECORDED}:nope".encode()).decode()
    assert learner.authorization(recorded) == "Basic " + b64encode(f"{OURS}:nope".encode()).decode()


def test_one_recorded_value_stands_for_one_of_ours() -> None:
    learner = Learner()
    learner.learn(RECORDED, OURS)
    assert learner.learn(RECORDED, OURS) is None
    assert "while the same recorded value was" in (learner.learn(RECORDED, OURS[::-1]) or "")
    assert "while the recorded value changed" in (learner.learn(RECORDED[::-1], OURS) or "")
