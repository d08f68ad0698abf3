"""What artifact_rounds.py has measured, as Markdown: a table of all stores, and of what is wanted.

Every ratio is one of two steps of the same round; the median over the rounds is what counts.
"""
import subprocess
from statistics import median

MIB = 1 << 20


def walls(steps): return sum(step['wall'] for step in steps)


def times_cp(steps): return walls(steps) / sum(step['cp'] for step in steps)


def peak_of(result):
    steps = result['ingest'] + [step for key, step in result.items()
                                if key != 'ingest' and isinstance(step, dict)]
    return max(step['peak'] for step in steps)


def cp_row(rounds):
    """The yardstick itself, as it was beside Purser."""
    steps = [one['Purser'] for one in rounds]
    ingest = median(sum(step['cp'] for step in p['ingest']) for p in steps)
    return (f'| `cp -a` and sync | {ingest:.2f} s '
            f'| | 1 | 1 | 100 % | {median(p["restore"]["cp"] for p in steps):.2f} s | 1 | | |')


def stores_table(corpus, stores, rounds):
    lines = ['| | ingest all | CPU | × cp | newest, × cp | on disk | newest back | × cp '
             '| full check | memory |', '|---|---|---|---|---|---|---|---|---|---|']
    lines.append(cp_row(rounds))
    for kind in stores:
        def mid(of): return median(of(one[kind.name]) for one in rounds)
        lines.append(
            f'| {kind.name} | {mid(lambda r: walls(r["ingest"])):.2f} s '
            f'| {mid(lambda r: sum(step["cpu"] for step in r["ingest"])):.2f} s '
            f'| {mid(lambda r: times_cp(r["ingest"])):.2f} '
            f'| {mid(lambda r: times_cp(r["ingest"][-1:])):.2f} '
            f'| {100 * mid(lambda r: r["bytes"]) / corpus["bytes"]:.1f} % '
            f'| {mid(lambda r: r["restore"]["wall"]):.2f} s '
            f'| {mid(lambda r: times_cp([r["restore"]])):.2f} '
            f'| {mid(lambda r: r["check"]["wall"]):.2f} s '
            f'| {max(peak_of(one[kind.name]) for one in rounds) / MIB:.0f} MiB |')
    return lines


class Goals:
    def __init__(self, corpus, stores, rounds):
        self.corpus, self.rounds = corpus, rounds
        self.peers = [kind.name for kind in stores if kind.name != 'Purser']
        self.lines = ['| what | wanted | reached | met | least and most of a round |',
                      '|---|---|---|---|---|']

    def add(self, what, bound, values, at_most=True, unit=' ×'):
        values = [value for value in values if value is not None]
        if not values:
            self.lines.append(f'| {what} | {"≤" if at_most else "≥"} {bound:g}{unit} '
                              '| not measured | – | |')
            return
        value = median(values)
        met = value <= bound if at_most else value >= bound
        self.lines.append(f'| {what} | {"≤" if at_most else "≥"} {bound:g}{unit} '
                          f'| **{value:.3g}{unit}** | {"yes" if met else "no"} '
                          f'| {min(values):.3g} to {max(values):.3g} |')

    def each(self, of): return [of(one['Purser'], one) for one in self.rounds]

    def least(self, one, of, among=None):
        """The best of the peers that are there."""
        known = [name for name in self.peers if among is None or name in among]
        return min((of(one[name]) for name in known), default=None)

    def against(self, of, of_peer=None, among=None):
        """Purser's figure by that of the best peer, in each round."""
        def ratio(purser, one):
            best = self.least(one, of_peer or of, among)
            return None if best is None else of(purser) / best
        return self.each(ratio)

    def ingest(self):
        self.add('ingest everything, against `cp -a` and sync', 1.2,
                 self.each(lambda p, _: times_cp(p['ingest'])))
        self.add('… against the fastest that deduplicates', 0.45,
                 self.against(lambda r: walls(r['ingest'])))
        self.add('ingest the newest onto the others, against `cp -a` of it', 1.0,
                 self.each(lambda p, _: times_cp(p['ingest'][-1:])))

    def sizes(self):
        self.add('bytes on disk, against the smaller of casync and borg zstd,3', 0.75,
                 self.against(lambda r: r['bytes'], among=('casync', 'borg, zstd,3')))
        plain = self.rounds[-1].get('uncompressed')
        self.add('bytes on disk, not compressed, against those of distinct files', 1.02,
                 [plain and plain / self.corpus['unique']])
        collected = all('collect' in one['Purser'] for one in self.rounds)
        self.add('bytes on disk after `gc --repack`, against git after gc', 1.0,
                 self.against(lambda r: r['collected bytes'], among=('git',)) if collected else [])
        self.add('… its time', 1.0, self.against(lambda r: r['collect']['wall'], among=('git',))
                 if collected else [])

    def reading(self):
        self.add('give back the newest, durable, against `cp -a` and sync', 1.3,
                 self.each(lambda p, _: times_cp([p['restore']])))
        self.add('… with hard links to the version before', 0.7,
                 self.each(lambda p, _: times_cp([p['links']]) if 'links' in p else None))
        self.add('full check, against the fastest check', 0.6,
                 self.against(lambda r: r['check']['wall']))

    def machine(self):
        self.add('a file of random bytes: speed against `cp` and sync', 0.8,
                 [one['random']['cp'] / one['random']['wall'] for one in self.rounds], at_most=False)
        chunker = self.rounds[-1].get('chunker')
        self.add('the chunker alone, one core', 1.5, [chunker and chunker / 1e9], at_most=False,
                 unit=' GB/s')
        peaks = [max(peak_of(one['Purser']), one['random']['peak']) / MIB
                 for one in self.rounds]
        self.add('most memory of any step', 256, peaks, unit=' MiB')
        self.add('memory of a step after 50 more deployments, against before', 1.1,
                 self.each(lambda p, _: p['grown']['ratio']))


def version_of(kind):
    shown = subprocess.run(['sh', '-c', kind.version], capture_output=True, text=True).stdout
    return ' '.join(shown.split())


def report(corpus, stores, missing, rounds):
    versions = dict.fromkeys(version_of(kind) for kind in stores)
    lines = [f'- Versions: {"; ".join(versions)}']
    if missing:
        lines.append(f'- Not installed: {", ".join(kind.package for kind in missing)}')
    lines += ['', f'{corpus["versions"]} versions, {corpus["files"]} files, '
              f'{corpus["bytes"] / 1e6:.0f} MB, of which {corpus["unique"] / 1e6:.0f} MB in '
              f'distinct files. Medians of {len(rounds)} rounds; × cp is against `cp -a` and',
              '`sync -f` of the same files, taken beside each step.', '']
    lines += stores_table(corpus, stores, rounds)
    for kind in stores:
        if not all('collect' in one[kind.name] for one in rounds):
            continue
        def mid(of, name=kind.name): return median(of(one[name]) for one in rounds)
        lines += ['', f'{kind.name} after {"`gc --repack`" if kind.name == "Purser" else "gc"}: '
                  f'{mid(lambda r: r["collect"]["wall"]):.2f} s for it, '
                  f'{100 * mid(lambda r: r["collected bytes"]) / corpus["bytes"]:.2f} % on disk, '
                  f'newest back in {mid(lambda r: r["collected restore"]["wall"]):.2f} s, '
                  f'full check {mid(lambda r: r["collected check"]["wall"]):.2f} s.']
    goals = Goals(corpus, stores, rounds)
    for part in (goals.ingest, goals.sizes, goals.reading, goals.machine):
        part()
    return '\n'.join(lines + [''] + goals.lines)
