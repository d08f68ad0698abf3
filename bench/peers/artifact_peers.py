"""How Purser and other stores are driven: shell commands, each as its manual says.

A store that does not sync what it stores gets `sync -f` of its folder inside the timed command, so
that every ingest is durable when it ends; no store but Purser syncs what it gives back, so that a
restore gets one too. Caches and homes are kept beside each store and not counted as its size.
"""
import os
import shlex
import shutil
import subprocess

Q = shlex.quote


class Store:
    name = ''        # in the tables
    program = ''     # what must be on the PATH
    package = ''     # of Debian
    version = ''     # the command that tells it
    durable = False  # by itself
    dedup = True

    def __init__(self, base):
        self.base = base
        self.repo = os.path.join(base, 'repo')
        self.env = {'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8',
                    'HOME': os.path.join(base, 'home'),
                    'XDG_CACHE_HOME': os.path.join(base, 'cache'),
                    'TMPDIR': os.path.join(base, 'tmp')}
        for folder in (self.env['HOME'], self.env['XDG_CACHE_HOME'], self.env['TMPDIR']):
            os.makedirs(folder)

    def run(self, command):
        subprocess.run(['sh', '-c', command], env=self.env, check=True, cwd=self.base,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    @classmethod
    def is_there(cls): return shutil.which(cls.program) is not None

    # Shell commands. `tag` names a version; an ingest runs with the folder as the current one.
    def init(self): os.makedirs(self.repo)
    def ingest(self, tag, folder): raise NotImplementedError
    def restore(self, tag, target): raise NotImplementedError
    def check(self, tags): raise NotImplementedError


class Restic(Store):
    name, program, package, version = 'restic', 'restic', 'restic', 'restic version'
    durable = True

    def init(self):
        self.env.update(RESTIC_PASSWORD='x', RESTIC_REPOSITORY=self.repo)
        self.run('restic init -q --repository-version 2')

    def ingest(self, tag, folder): return f'restic backup -q --tag {tag} .'
    def restore(self, tag, target): return f'restic restore -q latest --tag {tag} -t {Q(target)}'
    def check(self, tags): return 'restic check -q --read-data'


class Borg(Store):
    program, package, version = 'borg', 'borgbackup', 'borg --version'
    durable, level = True, ''

    def init(self):
        self.env.update(BORG_BASE_DIR=self.env['HOME'],
                        BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK='yes')
        self.run(f'borg init -e none {Q(self.repo)}')

    def ingest(self, tag, folder): return f'borg create -C {self.level} {Q(self.repo)}::{tag} .'

    def restore(self, tag, target):
        return f'mkdir {Q(target)} && cd {Q(target)} && borg extract {Q(self.repo)}::{tag}'

    def check(self, tags): return f'borg check --verify-data {Q(self.repo)}'


class BorgLz4(Borg):
    name, level = 'borg, lz4', 'lz4'


class BorgZstd(Borg):
    name, level = 'borg, zstd,3', 'zstd,3'


class Casync(Store):
    name, program, package, version = 'casync', 'casync', 'casync', 'casync --version'

    def index(self, tag): return Q(f'{self.repo}/{tag}.caidx')
    def store(self): return f'--store={Q(self.repo)}/default.castr'
    def ingest(self, tag, folder): return f'casync make {self.store()} {self.index(tag)} .'

    def restore(self, tag, target):
        return f'casync extract {self.store()} {self.index(tag)} {Q(target)}'

    def check(self, tags):
        return ' && '.join(f'casync digest {self.store()} {self.index(tag)}' for tag in tags)


class Ostree(Store):
    name, program, package = 'ostree, bare-user', 'ostree', 'ostree'
    version = 'ostree --version | sed -n "s/^ *Version: */ostree /p" | tr -d "\'"'
    durable = True

    def init(self):
        os.makedirs(self.repo)
        self.run(f'ostree init --repo={Q(self.repo)} --mode=bare-user')

    def ingest(self, tag, folder):
        return f'ostree --repo={Q(self.repo)} commit -b {tag} --tree=dir=. -s {tag}'

    def restore(self, tag, target):  # -C: copies, where it would make links
        return f'ostree --repo={Q(self.repo)} checkout -U -C {tag} {Q(target)}'

    def restore_links(self, tag, target):
        return f'ostree --repo={Q(self.repo)} checkout -U -H {tag} {Q(target)}'

    def check(self, tags): return f'ostree --repo={Q(self.repo)} fsck -q'


class Git(Store):
    name, program, package, version = 'git', 'git', 'git', 'git --version'

    def init(self):
        self.run(f'git init -q --bare {Q(self.repo)} && cd {Q(self.repo)} && git config gc.auto 0 '
                 '&& git config user.name bench && git config user.email bench@example.invalid '
                 '&& git config core.autocrlf false && mkdir -p info '
                 "&& echo '* -text -ident -filter -working-tree-encoding' >info/attributes")

    def git(self, tree): return f'git --git-dir={Q(self.repo)} --work-tree={Q(tree)}'

    def ingest(self, tag, folder):
        return (f'{self.git(".")} add -A -f . && {self.git(".")} commit -q --allow-empty -m {tag} '
                f'&& {self.git(".")} tag {tag}')

    def restore(self, tag, target):
        index = f'{self.env["TMPDIR"]}/index'
        return (f'rm -f {Q(index)} && mkdir {Q(target)} && GIT_INDEX_FILE={Q(index)} '
                f'{self.git(target)} checkout -q -f {tag} -- .')

    def check(self, tags): return f'git --git-dir={Q(self.repo)} fsck --full --no-progress'
    def collect(self): return f'git --git-dir={Q(self.repo)} gc -q --prune=now'


class Purser(Store):
    name, durable = 'Purser', True
    binary = ''      # set before use
    options = ''     # of `deploy`

    def init(self):
        self.owners = {}
        self.ids = {}
        self.run(f'{self.verb("init")}')

    @classmethod
    def takes(cls, verb, option):
        """Whether this program has the option; an earlier or later one may not."""
        shown = subprocess.run([cls.binary, verb, '--help'], capture_output=True, text=True)
        return shown.returncode == 0 and option in shown.stdout

    def verb(self, words): return f'{Q(self.binary)} --ledger {Q(self.repo)} {words}'

    def ingest(self, tag, folder):
        self.ids[tag] = len(self.ids) + 1
        owner = os.path.basename(os.path.dirname(folder)) or 'bench'
        return self.verb(f'deploy {Q(owner)} . {self.options}')

    def restore(self, tag, target): return self.verb(f'materialize {self.ids[tag]} {Q(target)}')

    def restore_links(self, tag, target, earlier):
        return self.verb(f'materialize {self.ids[tag]} {Q(target)} --link-from {Q(earlier)}')

    def check(self, tags): return self.verb('verify')
    def collect(self): return self.verb('gc --repack')


PEERS = [Restic, BorgLz4, BorgZstd, Casync, Ostree, Git]
