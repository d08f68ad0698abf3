"""artifact_rounds.py [options] FOLDER... - Purser beside other artifact stores, in rounds.

In every round each store is filled in a new place, one command for each folder; then the newest
folder is given back, and everything is checked by the store's own check. Before each ingest and
each restore the yardstick is taken: `cp -a` and `sync -f` of the same folder. What else the machine
does hits both, so that their ratio is what to go by. Each round begins with another store.

Every command starts with the file system flushed and the folders in the page cache. Trees are
compared with `diff -r`. Nothing is removed before the end, and each tree has a folder that ext4
spreads over the disk (chattr +T): it is up to ten times slower where files were removed a minute
ago. bench/peers/artifacts calls this; it prints Markdown.
"""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import artifact_table  # noqa: E402
from artifact_peers import PEERS, Git, Purser, Q  # noqa: E402

RANDOM_BYTES = 2 << 30
MORE_DEPLOYMENTS = 50  # after which a deployment must take no more memory than before


class Bench:
    def __init__(self, args, more, random_bytes):
        self.work = args.work
        self.folders = args.folders
        self.tags = [f'v{i + 1}' for i in range(len(args.folders))]
        self.more = more
        self.random_bytes = random_bytes
        self.places = 0
        self.env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8'}

    def place(self):
        self.places += 1
        path = os.path.join(self.work, f'{self.places:05d}')
        os.mkdir(path)
        return path

    def timed(self, command, env=None, cwd=None):
        """Wall and CPU seconds, and the memory of the largest process, in bytes."""
        subprocess.run(['sync', '-f', self.work], check=True)
        note = os.path.join(self.work, 'time')
        with open(os.path.join(self.work, 'log'), 'wb') as log:
            start = time.monotonic()
            child = subprocess.Popen(['/usr/bin/time', '-q', '-o', note, '-f', '%M', 'sh', '-c',
                                      command], env=env or self.env, cwd=cwd or self.work,
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            with open(os.path.join(self.work, 'log'), errors='replace') as log:
                raise SystemExit(f'failed: {command}\n{log.read()[-2000:]}')
        with open(note) as text:
            peak = int(text.read().split()[-1]) << 10
        return {'wall': wall, 'cpu': usage.ru_utime + usage.ru_stime, 'peak': peak}

    def paired(self, folder, command, env, cwd=None):
        """The yardstick, then the command."""
        copy = self.place()
        yard = self.timed(f'cp -a {Q(folder)} {Q(copy)}/copy && sync -f {Q(copy)}')
        return {**self.timed(command, env, cwd), 'cp': yard['wall']}

    def fill(self, store, folders=None):
        """One command for each folder."""
        steps = []
        for tag, folder in zip(self.tags, folders or self.folders):
            command = store.ingest(tag, folder)
            if not store.durable:
                command += f' && sync -f {Q(store.repo)}'
            steps.append(self.paired(folder, command, store.env, folder))
        return steps

    def give_back(self, store, command, folder, target):
        if store.name != 'Purser':
            command += f' && sync -f {Q(target)}'
        step = self.paired(folder, command, store.env)
        if subprocess.run(['diff', '-r', folder, target]).returncode != 0:
            raise SystemExit(f'{store.name}: {folder} does not come back the same')
        return step

    def newest(self, store):
        target = os.path.join(self.place(), 'tree')
        return self.give_back(store, store.restore(self.tags[-1], target), self.folders[-1], target)

    def measure(self, kind):
        store = kind(self.place())
        store.init()
        result = {'ingest': self.fill(store), 'bytes': bytes_below(store.repo)}
        result['restore'] = self.newest(store)
        result['check'] = self.timed(store.check(self.tags), store.env)
        result.update(self.links(store))
        if hasattr(store, 'collect') and (kind is not Purser or Purser.takes('gc', '--repack')):
            result['collect'] = self.timed(f'{store.collect()} && sync -f {Q(store.repo)}',
                                           store.env)
            result['collected bytes'] = bytes_below(store.repo)
            result['collected restore'] = self.newest(store)
            result['collected check'] = self.timed(store.check(self.tags), store.env)
        if kind is Purser:
            result['grown'] = self.grow(store)
        print(f'{store.name}: {sum(step["wall"] for step in result["ingest"]):.2f} s, '
              f'{result["bytes"] / 1e6:.1f} MB', file=sys.stderr, flush=True)
        return result

    def links(self, store):
        """The newest folder once more, as hard links: to the store, or to an earlier version."""
        target = os.path.join(self.place(), 'tree')
        if store.name.startswith('ostree'):
            command = store.restore_links(self.tags[-1], target)
        elif store.name == 'Purser' and len(self.tags) > 1 and store.takes('materialize',
                                                                         '--link-from'):
            earlier = os.path.join(self.place(), 'tree')
            store.run(store.restore(self.tags[-2], earlier))
            command = store.restore_links(self.tags[-1], target, earlier)
        else:
            return {}
        return {'links': self.give_back(store, command, self.folders[-1], target)}

    def grow(self, store):
        """The memory of a step at a ledger with many more deployments, by what it was before."""
        folder = min(self.folders, key=bytes_below)
        before = self.timed(store.ingest('before', folder), store.env, folder)
        for i in range(self.more):
            store.run(f'cd {Q(folder)} && {store.ingest(f"more {i}", folder)}')
        after = self.timed(store.ingest('after', folder), store.env, folder)
        return {'peak': after['peak'], 'ratio': after['peak'] / before['peak']}

    def uncompressed(self):
        Purser.options = '--compression-level 0'
        store = Purser(self.place())
        store.init()
        for tag, folder in zip(self.tags, self.folders):
            store.run(f'cd {Q(folder)} && {store.ingest(tag, folder)}')
        Purser.options = ''
        return bytes_below(store.repo)

    def random_file(self):
        """One large file of random bytes: what is left of the speed of cp."""
        folder = os.path.join(self.place(), 'random')
        os.mkdir(folder)
        with open(os.path.join(folder, 'file'), 'wb') as file:
            for _ in range(self.random_bytes >> 20):
                file.write(os.urandom(1 << 20))
        store = Purser(self.place())
        store.init()
        step = self.paired(folder, store.ingest('random', folder), store.env, folder)
        shutil.rmtree(store.repo)
        shutil.rmtree(os.path.join(self.work, f'{self.places:05d}'))
        shutil.rmtree(folder)
        return step


def files_below(path):
    for folder, _, names in os.walk(path):
        for name in names:
            yield os.path.join(folder, name)


def bytes_below(path): return sum(os.lstat(file).st_size for file in files_below(path))


def read_corpus(folders):
    """Counts, and brings everything into the page cache."""
    corpus = {'versions': len(folders), 'files': 0, 'bytes': 0, 'unique': 0}
    seen = set()
    for folder in folders:
        for path in files_below(folder):
            with open(path, 'rb') as file:
                content = file.read()
            corpus['files'] += 1
            corpus['bytes'] += len(content)
            digest = hashlib.sha256(content).digest()
            if digest not in seen:
                seen.add(digest)
                corpus['unique'] += len(content)
    return corpus


def chunker_bytes_per_second(program):
    shown = subprocess.run([program, '--benchmark_format=json'], capture_output=True, check=True)
    return max(one['bytes_per_second'] for one in json.loads(shown.stdout)['benchmarks'])


def measure(args, more, random_bytes):
    Purser.binary = args.purser
    Purser.version = f'{Q(args.purser)} --version'
    peers = [Git] if args.smoke else PEERS
    present = [kind for kind in peers if kind.is_there()]
    missing = [kind for kind in peers if kind not in present]
    for kind in missing:
        print(f'skipped: {kind.name}; install {kind.package}', file=sys.stderr)
    subprocess.run(['chattr', '+T', args.work], stderr=subprocess.DEVNULL)  # where it is ext4
    bench = Bench(args, more, random_bytes)
    corpus = read_corpus(args.folders)
    stores, rounds = [Purser, *present], []
    for number in range(args.rounds):
        turn = number % len(stores)
        rounds.append({kind.name: bench.measure(kind) for kind in stores[turn:] + stores[:turn]})
        rounds[-1]['random'] = bench.random_file()
    if Purser.takes('deploy', '--compression-level'):
        rounds[-1]['uncompressed'] = bench.uncompressed()
    if args.chunker:
        rounds[-1]['chunker'] = chunker_bytes_per_second(args.chunker)
    print(artifact_table.report(corpus, stores, missing, rounds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('folders', nargs='+', metavar='FOLDER')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--work', help='an empty folder on the disk to be measured')
    parser.add_argument('--purser', required=True)
    parser.add_argument('--chunker')
    parser.add_argument('--smoke', action='store_true',
                        help='git alone, least sizes, in this folder: the figures mean nothing')
    args = parser.parse_args()
    if args.smoke:
        with tempfile.TemporaryDirectory(dir='.', prefix='purser-peers-smoke-') as args.work:
            args.work = os.path.abspath(args.work)
            args.rounds = 1
            measure(args, more=2, random_bytes=1 << 20)
    elif args.work is None:
        parser.error('--work is missing')
    else:
        measure(args, MORE_DEPLOYMENTS, RANDOM_BYTES)


if __name__ == '__main__':
    main()
