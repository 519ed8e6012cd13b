# SPDX-License-Identifier: GPL-2.0
# rst.py NAME - complaints of docutils about the reStructuredText on stdin.
#
# Prints "NAME:LINE: (WARNING/2) text", a line each. What only Sphinx or the
# kernel's own extensions know (directives, roles) is taken for good; the content of
# a C domain directive, which is what kernel-doc writes, is looked into.
import sys
import docutils.core
from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles


class AnyOption(dict):
    def __missing__(self, key):
        return lambda value: value


class Unknown(Directive):
    has_content = True
    optional_arguments = 99
    final_argument_whitespace = True
    option_spec = AnyOption({'any': str})

    def run(self):
        node = nodes.container()
        if self.name.startswith('c:'):
            self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def directive(name, language, document):
    found, messages = known_directive(name, language, document)
    return (found, messages) if found else (Unknown, [])


def role(name, language, lineno, reporter):
    found, messages = known_role(name, language, lineno, reporter)
    return (found, messages) if found else (text_role, [])


def text_role(name, rawtext, text, lineno, inliner, options=None, content=None):
    return [nodes.literal(rawtext, text)], []


class Stream:
    def write(self, text):
        # One message, one line: the source line that docutils adds is left out.
        for line in text.splitlines():
            if line.startswith(sys.argv[1] + ':'):
                print(line)


known_directive, directives.directive = directives.directive, directive
known_role, roles.role = roles.role, role
docutils.core.publish_doctree(
    sys.stdin.read(), source_path=sys.argv[1],
    settings_overrides={'report_level': 2, 'halt_level': 5, 'warning_stream': Stream(),
                        'file_insertion_enabled': False, 'raw_enabled': False})
