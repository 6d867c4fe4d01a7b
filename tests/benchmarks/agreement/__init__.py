"""The formats' own parsers, two independent ones a format, asked which lines are code or prose.

None is a dependency of Midword's, and nothing of them is kept here. Where they come from:

    apt-get install pandoc asciidoctor nodejs npm
    pip install docutils mdit-py-plugins pylatexenc lxml commonmark asciidoc
    npm install uniorg-parse comment-parser typescript@5       (and NODE_PATH=.../node_modules)
"""
