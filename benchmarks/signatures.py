"""Bare P-384 signatures: what every token that others can verify costs at least, measured where a load is measured."""

import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA384

_SECONDS = 1.0
_SIGNED = b"x" * 500  # as long as the header and claims of an access token


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How often something was done, per second of time and per second of one processor."""

    per_second: float
    per_cpu_second: float

    @property
    def cpu_milliseconds(self) -> float:
        """The processor time of doing it once."""
        return 1000 / self.per_cpu_second


def sign() -> Speed:
    """Sign with one core and do nothing else."""
    key = ec.generate_private_key(ec.SECP384R1())
    count, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < _SECONDS:
        key.sign(_SIGNED, ec.ECDSA(SHA384()))
        count += 1
    return Speed(per_second=count / (time.perf_counter() - start), per_cpu_second=count / (time.process_time() - cpu))
