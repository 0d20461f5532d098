"""All figures, one benchmark after the other: `python -m benchmarks`, about five minutes."""

from benchmarks import memory, page, provider, sign_in, start, token, users_list


def main() -> None:
    for benchmark in (start, memory, page, token, provider, sign_in, users_list):
        benchmark.main()


if __name__ == "__main__":
    main()
