"""All figures, one benchmark after the other: `python -m benchmarks`, about four minutes."""

from benchmarks import memory, page, sign_in, start, token, users_list


def main() -> None:
    for benchmark in (start, memory, page, token, sign_in, users_list):
        benchmark.main()


if __name__ == "__main__":
    main()
