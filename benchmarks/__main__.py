"""All figures, one benchmark after the other: `python -m benchmarks`, about eight minutes."""

from benchmarks import memory, page, provider, sign_in, start, token, users


def main() -> None:
    for benchmark in (start, memory, page, token, provider, sign_in, users):
        benchmark.main()


if __name__ == "__main__":
    main()
