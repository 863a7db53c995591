import { killMarked } from '../../vm/src/process/process-tree.ts';
import { agentMarkOf } from '../../vm/src/workspace/workspace.ts';
import { FaultyMachine } from './machine.ts';

// The agent server with the real Claude Code. Its agents survive a kill of the server, as on a machine that keeps
// running; they end with its disk, and at the end.

export class RealMachine extends FaultyMachine {
  protected override get main(): string {
    return '../../vm/src/main.ts';
  }

  override loseDisk(): Promise<void> {
    this.endAgents();
    return super.loseDisk();
  }

  endAgents(): void {
    killMarked(agentMarkOf(this.dataDir));
  }
}
