/** docs/config.md: every key from the schema, as tables by section. */
import { type SchemaNode, schemaTree, whatIsAllowed } from './schema-tree.js';

const intro = `# Configuration

Generated from the schema (\`sim/config/schema.ts\`) by \`npm run docs\`; do not edit by hand.

A configuration is a YAML file; \`extends: other.yaml\` (relative to the file) starts from another
one. Sections are merged key by key; lists are replaced as a whole. File names are relative to the
file that states them. \`--set key=value\` wins over the environment (\`CHRYSALIS_machine_memoryMB=128\`),
which wins over files. \`chrysalis config explain\` shows where each value comes from, and
\`docs/config.schema.json\` is the schema for editors.

The mark says where a default comes from: *datasheet*, *paper*, *patent*, *measured* or *assumed*.
`;

export function configDocs(): string {
  return `${[intro, ...sections(schemaTree, '')].join('\n')}`;
}

function sections(node: SchemaNode, prefix: string): string[] {
  const entries = Object.entries(node.properties ?? {});
  const own = entries.filter(([, child]) => !child.properties);
  const parts: string[] = [];
  if (own.length > 0) {
    const title = prefix === '' ? 'Top level' : `\`${prefix}\``;
    const head = `## ${title}\n\n${prefix === '' ? '' : `${node.description}\n\n`}| Key | Takes | Default | Mark | Meaning |\n|---|---|---|---|---|`;
    parts.push(
      `${[head, ...own.map(([name, child]) => row(join(prefix, name), child))].join('\n')}\n`,
    );
  }
  for (const [name, child] of entries) {
    if (child.properties) parts.push(...sections(child, join(prefix, name)));
    else if (child.items?.properties)
      parts.push(
        ...sections(
          { ...child.items, description: `Entries of \`${join(prefix, name)}\`.` },
          `${join(prefix, name)}[]`,
        ),
      );
  }
  return parts;
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function row(key: string, node: SchemaNode): string {
  const standard =
    node.default === undefined ? 'none: must be stated' : `\`${JSON.stringify(node.default)}\``;
  const cells = [
    `\`${key}\``,
    whatIsAllowed(node),
    standard,
    node.source ?? '',
    node.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
