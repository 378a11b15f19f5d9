// Loads all that gives a part to the nesting: for the files that read or show a body with everything in it.
import './assistants/from-domain.ts';
import './assistants/schema.ts';
import './assistants/to-domain.ts';
import './assistants/transfer-assistant-schema.ts';
import './squads/from-domain.ts';
import './squads/schema.ts';
import './squads/to-domain.ts';
