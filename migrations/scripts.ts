// Written by scripts/generate/migrations.ts. Change nothing here: add a migration.

export type Script = { readonly name: string; readonly sql: string };

export const CONVERSATION: readonly Script[] = [
  {
    name: '0001_first_text',
    sql: `CREATE TABLE conversation(id INTEGER PRIMARY KEY CHECK(id = 1),address TEXT NOT NULL,sender TEXT NOT NULL,project TEXT NOT NULL,next_reply_seq INTEGER NOT NULL,last_inbound_id TEXT,pace_until INTEGER NOT NULL,paced_reply TEXT,typing_at INTEGER NOT NULL);
CREATE TABLE projects(id TEXT PRIMARY KEY,label TEXT NOT NULL,session_id TEXT);
CREATE TABLE messages(seq INTEGER PRIMARY KEY AUTOINCREMENT,provider_id TEXT NOT NULL UNIQUE,uuid TEXT NOT NULL,"from" TEXT NOT NULL,"to" TEXT NOT NULL,text TEXT NOT NULL,attachments INTEGER NOT NULL,received_at INTEGER NOT NULL,tried INTEGER NOT NULL,state TEXT NOT NULL CHECK(state IN('waiting','active','consumed','failed')),turn TEXT);
CREATE INDEX messages_open ON messages(seq)WHERE state IN('waiting','active');
CREATE INDEX messages_failed ON messages(seq)WHERE state = 'failed';
CREATE TABLE turns(id TEXT PRIMARY KEY,project TEXT NOT NULL,state TEXT NOT NULL CHECK(state IN('open','done','failed')),opened_at INTEGER NOT NULL,ended_at INTEGER,attempts INTEGER NOT NULL,tell_at INTEGER,told_unreachable INTEGER NOT NULL,unreachable_since INTEGER);
CREATE UNIQUE INDEX turns_open ON turns(state)WHERE state = 'open';
CREATE TABLE attempts(turn TEXT NOT NULL REFERENCES turns(id),n INTEGER NOT NULL,state TEXT NOT NULL CHECK(state IN('requested','running','ending','ended')),journal TEXT,last_seq INTEGER NOT NULL,opened_at INTEGER NOT NULL,ended_at INTEGER,outcome TEXT,PRIMARY KEY(turn,n))WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_open ON attempts((ended_at IS NULL))WHERE ended_at IS NULL;
CREATE TABLE replies(id TEXT PRIMARY KEY,seq INTEGER NOT NULL UNIQUE,turn TEXT,part INTEGER NOT NULL,kind TEXT NOT NULL CHECK(kind IN('answer','notice')),"from" TEXT NOT NULL,"to" TEXT NOT NULL,body TEXT NOT NULL,state TEXT NOT NULL,attempt INTEGER NOT NULL,intent_at INTEGER,sid TEXT UNIQUE,error_code INTEGER,created_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX replies_waiting ON replies(seq)WHERE state IN('ready','sending','unknown');
CREATE TABLE timers(kind TEXT NOT NULL,ref TEXT NOT NULL,due_at INTEGER NOT NULL,attempts INTEGER NOT NULL,PRIMARY KEY(kind,ref))WITHOUT ROWID;`,
  },
  {
    name: '0002_nothing_lost',
    sql: `ALTER TABLE conversation ADD COLUMN queue_mode TEXT;
ALTER TABLE conversation ADD COLUMN verbose INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN opted_out_at INTEGER;
ALTER TABLE messages ADD COLUMN stopped_at INTEGER;
ALTER TABLE messages ADD COLUMN steered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN stopping INTEGER;
ALTER TABLE turns ADD COLUMN told_waiting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN told_full INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN progress TEXT;
ALTER TABLE turns ADD COLUMN progress_at INTEGER;
CREATE TABLE replies_next(id TEXT PRIMARY KEY,seq INTEGER NOT NULL UNIQUE,turn TEXT,part INTEGER NOT NULL,kind TEXT NOT NULL,"from" TEXT NOT NULL,"to" TEXT NOT NULL,body TEXT NOT NULL,state TEXT NOT NULL,attempt INTEGER NOT NULL,intent_at INTEGER,sid TEXT UNIQUE,error_code INTEGER,created_at INTEGER NOT NULL,template TEXT,copies INTEGER NOT NULL DEFAULT 0,doubled_sid TEXT)WITHOUT ROWID;
INSERT INTO replies_next(id,seq,turn,part,kind,"from","to",body,state,attempt,intent_at,sid,error_code,created_at)SELECT id,seq,turn,part,kind,"from","to",body,state,attempt,intent_at,sid,error_code,created_at FROM replies;
DROP TABLE replies;
ALTER TABLE replies_next RENAME TO replies;
CREATE INDEX replies_open ON replies(seq)WHERE state IN('ready','sending','unknown','held');
CREATE INDEX replies_troubled ON replies(seq)WHERE state IN('parked','held','failed');
CREATE INDEX replies_doubled ON replies(doubled_sid)WHERE doubled_sid IS NOT NULL;
CREATE TABLE windows(sender TEXT PRIMARY KEY,last_inbound_at INTEGER NOT NULL,refused_at INTEGER,nudged_at INTEGER)WITHOUT ROWID;
CREATE TABLE pages(id TEXT PRIMARY KEY,markdown TEXT NOT NULL,next_part INTEGER NOT NULL,created_at INTEGER NOT NULL);
CREATE INDEX pages_by_age ON pages(created_at);`,
  },
  {
    name: '0003_projects_files_questions',
    sql: `ALTER TABLE conversation ADD COLUMN journal TEXT;
ALTER TABLE conversation ADD COLUMN deep_project TEXT;
ALTER TABLE conversation ADD COLUMN deep_since INTEGER;
ALTER TABLE conversation ADD COLUMN deep_text_at INTEGER;
ALTER TABLE conversation ADD COLUMN assistant_name TEXT;
ALTER TABLE conversation ADD COLUMN assistant_tone TEXT;
ALTER TABLE conversation ADD COLUMN cost_day TEXT;
ALTER TABLE conversation ADD COLUMN cost_usd REAL NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN disk_free INTEGER;
ALTER TABLE conversation ADD COLUMN memory_free INTEGER;
ALTER TABLE conversation ADD COLUMN voice_told_at INTEGER;
ALTER TABLE projects ADD COLUMN model TEXT;
ALTER TABLE projects ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN archived_at INTEGER;
ALTER TABLE projects ADD COLUMN context_percent REAL;
ALTER TABLE projects ADD COLUMN messages_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN hinted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN project TEXT;
ALTER TABLE messages ADD COLUMN action TEXT;
ALTER TABLE messages ADD COLUMN session TEXT;
CREATE INDEX messages_by_session ON messages(session)WHERE session IS NOT NULL;
CREATE INDEX projects_archived ON projects(archived_at)WHERE archived_at IS NOT NULL;
ALTER TABLE turns ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN deep INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN session_id TEXT;
ALTER TABLE turns ADD COLUMN place INTEGER;
ALTER TABLE turns ADD COLUMN told_place INTEGER NOT NULL DEFAULT 0;
UPDATE turns SET session_id =(SELECT session_id FROM projects WHERE id = turns.project)WHERE state = 'open';
ALTER TABLE replies ADD COLUMN choices TEXT;
ALTER TABLE replies ADD COLUMN media TEXT;
CREATE TABLE sessions(id TEXT PRIMARY KEY,project TEXT NOT NULL,title TEXT NOT NULL,started_at INTEGER NOT NULL,used_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX sessions_by_project ON sessions(project,used_at);
CREATE TABLE archives(kind TEXT NOT NULL,id TEXT NOT NULL,journal TEXT,position INTEGER NOT NULL,bytes INTEGER NOT NULL,copied_at INTEGER,left_out TEXT,refused TEXT,PRIMARY KEY(kind,id))WITHOUT ROWID;
CREATE TABLE files(message INTEGER NOT NULL,n INTEGER NOT NULL,url TEXT NOT NULL,type TEXT NOT NULL,name TEXT,size INTEGER,state TEXT NOT NULL,id TEXT,attempts INTEGER NOT NULL,note TEXT,transcript TEXT,PRIMARY KEY(message,n))WITHOUT ROWID;
ALTER TABLE attempts ADD COLUMN waited_ms INTEGER NOT NULL DEFAULT 0;
CREATE TABLE questions(id TEXT PRIMARY KEY,turn TEXT NOT NULL,n INTEGER NOT NULL,request TEXT NOT NULL,project TEXT NOT NULL,generation INTEGER NOT NULL,kind TEXT NOT NULL,text TEXT NOT NULL,options TEXT NOT NULL,rule TEXT,state TEXT NOT NULL,answer TEXT,asked_at INTEGER NOT NULL,answered_at INTEGER,reply TEXT,message INTEGER)WITHOUT ROWID;
CREATE INDEX questions_open ON questions(asked_at,id)WHERE state <> 'closed';
CREATE INDEX questions_by_turn ON questions(turn);
CREATE TABLE outgoing(id TEXT PRIMARY KEY,turn TEXT NOT NULL,n INTEGER NOT NULL,request TEXT NOT NULL,file TEXT NOT NULL,name TEXT NOT NULL,type TEXT NOT NULL,size INTEGER NOT NULL,caption TEXT NOT NULL,state TEXT NOT NULL,link TEXT,answer TEXT,reply TEXT,note TEXT,created_at INTEGER NOT NULL,expires_at INTEGER)WITHOUT ROWID;
CREATE INDEX outgoing_by_turn ON outgoing(turn);
CREATE INDEX outgoing_open ON outgoing(id)WHERE state IN('wanted','over')OR answer IS NOT NULL;
CREATE INDEX outgoing_kept ON outgoing(expires_at)WHERE state IN('stored','offered');
CREATE TABLE grants(project TEXT NOT NULL,rule TEXT NOT NULL,created_at INTEGER NOT NULL,PRIMARY KEY(project,rule))WITHOUT ROWID;`,
  },
  {
    name: '0004_schedules',
    sql: `ALTER TABLE conversation ADD COLUMN zone TEXT;
ALTER TABLE conversation ADD COLUMN quiet_from INTEGER;
ALTER TABLE conversation ADD COLUMN quiet_to INTEGER;
ALTER TABLE conversation ADD COLUMN asking TEXT;
ALTER TABLE conversation ADD COLUMN reminded TEXT;
ALTER TABLE conversation ADD COLUMN next_schedule INTEGER NOT NULL DEFAULT 1;
ALTER TABLE messages ADD COLUMN run TEXT;
ALTER TABLE messages ADD COLUMN check_command TEXT;
ALTER TABLE turns ADD COLUMN run TEXT;
ALTER TABLE replies ADD COLUMN run TEXT;
ALTER TABLE replies ADD COLUMN schedule INTEGER;
ALTER TABLE replies ADD COLUMN owner TEXT;
CREATE INDEX replies_by_run ON replies(run)WHERE run IS NOT NULL;
CREATE TABLE schedules(id INTEGER PRIMARY KEY,kind TEXT NOT NULL,project TEXT NOT NULL,prompt TEXT NOT NULL,rule TEXT NOT NULL,zone TEXT NOT NULL,holidays TEXT,skips TEXT NOT NULL,isolated INTEGER NOT NULL,overlap TEXT NOT NULL,check_command TEXT,standup INTEGER NOT NULL,recipients TEXT NOT NULL,state TEXT NOT NULL,paused_by TEXT,resume_at INTEGER,next_at INTEGER,failures INTEGER NOT NULL,held_runs INTEGER NOT NULL,told_window INTEGER NOT NULL,delivered_at INTEGER,created_at INTEGER NOT NULL);
CREATE INDEX schedules_live ON schedules(id)WHERE state <> 'over';
CREATE TABLE runs(id TEXT PRIMARY KEY,schedule INTEGER NOT NULL,due_at INTEGER NOT NULL,started_at INTEGER,ended_at INTEGER,state TEXT NOT NULL,note TEXT,code INTEGER,cost_usd REAL NOT NULL,earlier INTEGER NOT NULL,was_held INTEGER NOT NULL,n INTEGER)WITHOUT ROWID;
CREATE INDEX runs_open ON runs(id)WHERE state IN('waiting','running','sending','held');
CREATE INDEX runs_by_schedule ON runs(schedule,n);
CREATE TABLE deliveries(run TEXT NOT NULL,address TEXT NOT NULL,part INTEGER NOT NULL,state TEXT NOT NULL,note TEXT,text TEXT,code INTEGER,changed_at INTEGER NOT NULL,PRIMARY KEY(run,address,part))WITHOUT ROWID;`,
  },
  {
    name: '0005_machine',
    sql: `CREATE TABLE machine(id INTEGER PRIMARY KEY CHECK(id = 1),name TEXT NOT NULL,step TEXT NOT NULL,region TEXT,volume TEXT,machine TEXT,image TEXT,settings TEXT,previous TEXT,step_since INTEGER,in_doubt_since INTEGER,refusal TEXT,doubted_since INTEGER,awake_since INTEGER,awake_ms INTEGER NOT NULL,used_at INTEGER NOT NULL,told_turn TEXT,created_at INTEGER NOT NULL);`,
  },
  {
    name: '0006_welcome',
    sql: `ALTER TABLE conversation ADD COLUMN welcomed INTEGER NOT NULL DEFAULT 1;`,
  },
  {
    name: '0007_programs',
    sql: `ALTER TABLE grants ADD COLUMN decision TEXT NOT NULL DEFAULT 'allow';
INSERT OR IGNORE INTO grants(project,rule,decision,created_at)SELECT project,rule,'allow',max(answered_at)FROM questions WHERE rule LIKE 'Programs(sha256:%' AND answered_at IS NOT NULL AND answer ->> 'decision' = 'allow' GROUP BY project,rule;`,
  },
  {
    name: '0008_given_up',
    sql: `ALTER TABLE turns ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;
UPDATE turns SET crashes = max(attempts - 1,0)WHERE state = 'open';`,
  },
  {
    name: '0009_outages',
    sql: `ALTER TABLE conversation ADD COLUMN outage TEXT;
ALTER TABLE replies ADD COLUMN troubled_since INTEGER;
ALTER TABLE replies ADD COLUMN unknown_at INTEGER;`,
  },
  {
    name: '0010_forgotten_files',
    sql: `ALTER TABLE files ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;`,
  },
  {
    name: '0011_bounded_reads',
    sql: `CREATE INDEX replies_kept_back ON replies(seq)WHERE state IN('parked','failed')AND error_code IN(21610,63033,63016);
CREATE INDEX messages_failed_by_uuid ON messages(uuid)WHERE state = 'failed';
CREATE INDEX messages_failed_by_turn ON messages(turn)WHERE state = 'failed';
CREATE INDEX projects_live ON projects(created_at,id)WHERE archived_at IS NULL;
CREATE INDEX projects_archived_by_label ON projects(label COLLATE NOCASE)WHERE archived_at IS NOT NULL;`,
  },
  {
    name: '0012_addresses',
    sql: `CREATE TABLE addresses(address TEXT PRIMARY KEY,external_id TEXT,state TEXT NOT NULL,how TEXT NOT NULL,bound_at INTEGER NOT NULL,locked_by TEXT,told TEXT)WITHOUT ROWID;
CREATE TABLE kept_texts(provider_id TEXT PRIMARY KEY,address TEXT NOT NULL,message TEXT NOT NULL,files TEXT NOT NULL,heard TEXT NOT NULL,kept_at INTEGER NOT NULL)WITHOUT ROWID;
ALTER TABLE conversation ADD COLUMN answer_to TEXT;
DROP INDEX turns_open;
CREATE UNIQUE INDEX turns_open ON turns(project)WHERE state = 'open';
DROP INDEX attempts_open;
CREATE UNIQUE INDEX attempts_open ON attempts(turn)WHERE ended_at IS NULL;`,
  },
  {
    name: '0013_spending',
    sql: `ALTER TABLE conversation ADD COLUMN spending TEXT;
ALTER TABLE conversation ADD COLUMN budgets TEXT;
ALTER TABLE conversation ADD COLUMN shows_cost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE turns ADD COLUMN spent INTEGER NOT NULL DEFAULT 0;`,
  },
  {
    name: '0014_access',
    sql: `ALTER TABLE conversation ADD COLUMN access TEXT;`,
  },
  {
    name: '0015_privacy',
    sql: `ALTER TABLE turns ADD COLUMN trace TEXT;`,
  },
  {
    name: '0016_retention',
    sql: `CREATE TABLE emptied("table" TEXT PRIMARY KEY,last BLOB NOT NULL)WITHOUT ROWID;`,
  },
  {
    name: '0018_forget',
    sql: `ALTER TABLE conversation ADD COLUMN forgetting TEXT;
CREATE TABLE forgotten(at INTEGER NOT NULL,until INTEGER NOT NULL,key TEXT NOT NULL,hashes TEXT NOT NULL);`,
  },
  {
    name: '0019_export',
    sql: `ALTER TABLE conversation ADD COLUMN exporting TEXT;
CREATE TABLE export_entries(name TEXT PRIMARY KEY,bucket TEXT NOT NULL,object_key TEXT NOT NULL,etag TEXT NOT NULL,size INTEGER NOT NULL,crc INTEGER NOT NULL DEFAULT 0)WITHOUT ROWID;
CREATE TABLE export_parts(n INTEGER PRIMARY KEY,etag TEXT NOT NULL);`,
  },
  {
    name: '0020_figures',
    sql: `ALTER TABLE conversation ADD COLUMN figures TEXT;`,
  },
  {
    name: '0021_steps',
    sql: `CREATE TABLE steps(attempt TEXT PRIMARY KEY,at INTEGER NOT NULL,steps BLOB NOT NULL)WITHOUT ROWID;
ALTER TABLE attempts ADD COLUMN reason TEXT;
ALTER TABLE turns ADD COLUMN why TEXT;
CREATE TABLE operations(op TEXT PRIMARY KEY,at INTEGER NOT NULL,outcome TEXT NOT NULL)WITHOUT ROWID;`,
  },
  {
    name: '0022_happened',
    sql: `ALTER TABLE turns ADD COLUMN happened TEXT;`,
  },
  {
    name: '0023_connections',
    sql: `CREATE TABLE connections(host TEXT PRIMARY KEY,kind TEXT NOT NULL,state TEXT NOT NULL,login TEXT NOT NULL,name TEXT,email TEXT,sealed TEXT NOT NULL,expires_at INTEGER,connected_at INTEGER NOT NULL,used_at INTEGER)WITHOUT ROWID;
ALTER TABLE projects ADD COLUMN repository TEXT;
ALTER TABLE conversation ADD COLUMN connecting TEXT;`,
  },
  {
    name: '0024_git_uses',
    sql: `CREATE TABLE git_uses(id TEXT NOT NULL,turn TEXT NOT NULL,host TEXT NOT NULL,kind TEXT NOT NULL,requests INTEGER NOT NULL,bytes_up INTEGER NOT NULL,bytes_down INTEGER NOT NULL,refused INTEGER NOT NULL,last_at INTEGER NOT NULL,told INTEGER NOT NULL DEFAULT 0,PRIMARY KEY(turn,host,kind))WITHOUT ROWID;
CREATE INDEX git_uses_untold ON git_uses(turn)WHERE told = 0;
CREATE TABLE git_refusals(id TEXT PRIMARY KEY,turn TEXT NOT NULL,at INTEGER NOT NULL,host TEXT NOT NULL,kind TEXT NOT NULL,why TEXT NOT NULL,told INTEGER NOT NULL DEFAULT 0)WITHOUT ROWID;
CREATE INDEX git_refusals_by_turn ON git_refusals(turn);
CREATE INDEX git_refusals_untold ON git_refusals(turn)WHERE told = 0;
CREATE TABLE git_branches(project TEXT NOT NULL,ref TEXT NOT NULL,commit_id TEXT NOT NULL,pushed_at INTEGER NOT NULL,PRIMARY KEY(project,ref))WITHOUT ROWID;
CREATE INDEX git_branches_by_age ON git_branches(project,pushed_at);`,
  },
  {
    name: '0025_pull_requests',
    sql: `ALTER TABLE projects ADD COLUMN watches TEXT;
CREATE TABLE pull_requests(project TEXT NOT NULL,number INTEGER NOT NULL,title TEXT NOT NULL,branch TEXT NOT NULL,base TEXT NOT NULL,head TEXT NOT NULL,url TEXT NOT NULL,state TEXT NOT NULL,is_draft INTEGER NOT NULL,files INTEGER,added INTEGER,removed INTEGER,is_ours INTEGER NOT NULL,is_shown INTEGER NOT NULL,news TEXT NOT NULL,told TEXT NOT NULL,updated_at INTEGER NOT NULL,PRIMARY KEY(project,number))WITHOUT ROWID;
CREATE INDEX pull_requests_by_age ON pull_requests(updated_at);
CREATE TABLE git_events(id TEXT PRIMARY KEY,at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX git_events_by_age ON git_events(at);
CREATE TABLE diffs(id TEXT PRIMARY KEY,project TEXT NOT NULL,number INTEGER,title TEXT NOT NULL,url TEXT,patch TEXT NOT NULL,is_cut INTEGER NOT NULL,comments INTEGER NOT NULL,created_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX diffs_by_age ON diffs(created_at);`,
  },
  {
    name: '0026_doubtful_replies',
    sql: `CREATE INDEX replies_kept_back_or_doubted ON replies(seq)WHERE state IN('parked','failed')AND error_code IN(21610,63033,63016,1000001);`,
  },
  {
    name: '0032_reach',
    sql: `ALTER TABLE conversation ADD COLUMN reach TEXT;
ALTER TABLE windows ADD COLUMN moved_at INTEGER;`,
  },
  {
    name: '0033_merging',
    sql: `ALTER TABLE conversation ADD COLUMN merging TEXT;`,
  },
  {
    name: '0035_threads',
    sql: `ALTER TABLE conversation ADD COLUMN threads TEXT;
ALTER TABLE replies ADD COLUMN thread TEXT;`,
  },
  {
    name: '0036_changes',
    sql: `ALTER TABLE messages ADD COLUMN changed_at INTEGER;
ALTER TABLE messages ADD COLUMN change_number INTEGER;
ALTER TABLE messages ADD COLUMN change_words INTEGER;`,
  },
];

export const DIRECTORY: readonly Script[] = [
  {
    name: '0001_alerts_and_watermarks',
    sql: `CREATE TABLE alerts(id TEXT PRIMARY KEY,cause TEXT NOT NULL,text TEXT NOT NULL,conversation TEXT,ref TEXT,count INTEGER NOT NULL,first_at INTEGER NOT NULL,last_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX alerts_of_cause ON alerts(cause,first_at);
CREATE TABLE deliveries(alert TEXT NOT NULL REFERENCES alerts(id)ON DELETE CASCADE,kind TEXT NOT NULL CHECK(kind IN('text','webhook')),address TEXT NOT NULL,due_at INTEGER NOT NULL,attempts INTEGER NOT NULL,PRIMARY KEY(alert,kind,address))WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries(due_at);
CREATE TABLE watermarks(sender TEXT PRIMARY KEY,reached INTEGER,gap_below INTEGER,gap_top INTEGER,recent TEXT NOT NULL,failing_since INTEGER)WITHOUT ROWID;`,
  },
  {
    name: '0002_machines',
    sql: `CREATE TABLE machines(conversation TEXT PRIMARY KEY,name TEXT NOT NULL UNIQUE,image TEXT,settings TEXT,reverted_from TEXT,recorded_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX machines_by_settings ON machines(settings);
CREATE TABLE rollouts(settings TEXT PRIMARY KEY,image TEXT NOT NULL,state TEXT NOT NULL CHECK(state IN('first','all','failed')),first TEXT,began_at INTEGER NOT NULL)WITHOUT ROWID;`,
  },
  {
    name: '0003_outages',
    sql: `CREATE TABLE outages(sender TEXT PRIMARY KEY,began_at INTEGER NOT NULL,failure TEXT,code INTEGER,probes INTEGER NOT NULL,next_at INTEGER NOT NULL,prober TEXT,told INTEGER NOT NULL,over_at INTEGER)WITHOUT ROWID;
CREATE TABLE outage_waits(sender TEXT NOT NULL,conversation TEXT NOT NULL,asked_at INTEGER NOT NULL,PRIMARY KEY(sender,conversation))WITHOUT ROWID;
CREATE INDEX outage_waits_next ON outage_waits(sender,asked_at);`,
  },
  {
    name: '0004_persons',
    sql: `CREATE TABLE persons(id TEXT PRIMARY KEY,n INTEGER NOT NULL UNIQUE,name TEXT,role TEXT NOT NULL,standing TEXT NOT NULL,masked TEXT NOT NULL,updated_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE TABLE pairings(id TEXT PRIMARY KEY,n INTEGER NOT NULL UNIQUE,code TEXT NOT NULL UNIQUE,who TEXT NOT NULL,provider_id TEXT NOT NULL UNIQUE,state TEXT NOT NULL CHECK(state IN('open','yes','no','over')),address TEXT,sender TEXT NOT NULL,name TEXT,masked TEXT NOT NULL,arrival TEXT,expires_at INTEGER NOT NULL,decided_by TEXT,decided_at INTEGER)WITHOUT ROWID;
CREATE INDEX pairings_by_person ON pairings(who,id);
CREATE INDEX pairings_kept ON pairings(expires_at)WHERE address IS NOT NULL;
CREATE TABLE invites(code TEXT PRIMARY KEY,role TEXT NOT NULL,budget INTEGER,made_by TEXT NOT NULL,made_at INTEGER NOT NULL,expires_at INTEGER NOT NULL,used_by TEXT,used_at INTEGER)WITHOUT ROWID;
CREATE INDEX invites_by_age ON invites(expires_at);
CREATE TABLE wrong_codes(who TEXT PRIMARY KEY,count INTEGER NOT NULL,since INTEGER NOT NULL)WITHOUT ROWID;
CREATE TABLE audit(id TEXT PRIMARY KEY,at INTEGER NOT NULL,actor TEXT NOT NULL,action TEXT NOT NULL,subject TEXT NOT NULL,detail TEXT NOT NULL)WITHOUT ROWID;`,
  },
  {
    name: '0005_spending',
    sql: `CREATE TABLE pool(id INTEGER PRIMARY KEY CHECK(id = 1),day TEXT NOT NULL,month TEXT NOT NULL,day_micros INTEGER NOT NULL,month_micros INTEGER NOT NULL,warned TEXT);
CREATE TABLE leases(conversation TEXT PRIMARY KEY,reported INTEGER NOT NULL,held INTEGER NOT NULL,asked_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX leases_held ON leases(asked_at)WHERE held > 0;`,
  },
  {
    name: '0006_admins',
    sql: `CREATE INDEX persons_admins ON persons(n)WHERE role IN('admin','owner')AND standing = 'in';`,
  },
  {
    name: '0008_operators',
    sql: `CREATE TABLE login_links(id TEXT PRIMARY KEY,person TEXT NOT NULL,expires_at INTEGER NOT NULL,used_at INTEGER)WITHOUT ROWID;
CREATE INDEX login_links_by_person ON login_links(person);
CREATE TABLE operator_sessions(id TEXT PRIMARY KEY,person TEXT NOT NULL,name TEXT,browser TEXT NOT NULL,made_at INTEGER NOT NULL,seen_at INTEGER NOT NULL,expires_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX operator_sessions_by_person ON operator_sessions(person);
CREATE INDEX operator_sessions_by_end ON operator_sessions(expires_at);`,
  },
  {
    name: '0009_alerts',
    sql: `ALTER TABLE alerts ADD COLUMN acknowledged_at INTEGER;
ALTER TABLE alerts ADD COLUMN acknowledged_by TEXT;`,
  },
  {
    name: '0010_repositories',
    sql: `CREATE TABLE repositories(repository TEXT NOT NULL,home TEXT NOT NULL,PRIMARY KEY(repository,home))WITHOUT ROWID;
CREATE INDEX repositories_by_home ON repositories(home);`,
  },
  {
    name: '0012_links',
    sql: `CREATE TABLE links(home TEXT PRIMARY KEY,id TEXT NOT NULL,code TEXT NOT NULL,state TEXT NOT NULL,asked TEXT,expires_at INTEGER NOT NULL)WITHOUT ROWID;
CREATE UNIQUE INDEX links_by_code ON links(code);
CREATE INDEX links_asked ON links(asked)WHERE asked IS NOT NULL;
CREATE INDEX links_by_age ON links(expires_at);`,
  },
  {
    name: '0014_sender_moves',
    sql: `CREATE TABLE sender_moves(id TEXT PRIMARY KEY,from_sender TEXT NOT NULL,to_sender TEXT NOT NULL,works INTEGER NOT NULL,name TEXT,actor TEXT NOT NULL,state TEXT NOT NULL,reached INTEGER NOT NULL,next_at INTEGER NOT NULL,begun_at INTEGER NOT NULL,ended_at INTEGER)WITHOUT ROWID;
CREATE INDEX sender_moves_running ON sender_moves(state)WHERE state = 'running';
CREATE TABLE moved_people(move TEXT NOT NULL,home TEXT NOT NULL,n INTEGER NOT NULL,masked TEXT,way TEXT,has_code INTEGER NOT NULL,done INTEGER NOT NULL,tries INTEGER NOT NULL,PRIMARY KEY(move,home))WITHOUT ROWID;
CREATE INDEX moved_people_open ON moved_people(move,n)WHERE done = 0;
CREATE INDEX moved_people_by_way ON moved_people(move,way,n);
CREATE INDEX moved_people_by_home ON moved_people(home);`,
  },
  {
    name: '0015_answered_link_texts',
    sql: `CREATE TABLE answered_link_texts(text TEXT PRIMARY KEY,at INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX answered_link_texts_by_age ON answered_link_texts(at);`,
  },
];

export const OVERVIEW: readonly Script[] = [
  {
    name: '0001_people',
    sql: `CREATE TABLE people(id TEXT PRIMARY KEY,told TEXT NOT NULL,active_day TEXT NOT NULL,role TEXT NOT NULL,standing TEXT NOT NULL,attention TEXT,has_machine INTEGER NOT NULL,month TEXT NOT NULL,rank INTEGER NOT NULL)WITHOUT ROWID;
CREATE INDEX people_active ON people(active_day,id);
CREATE INDEX people_attention ON people(attention,id)WHERE attention IS NOT NULL;
CREATE INDEX people_outside ON people(standing,id)WHERE standing <> 'in';
CREATE INDEX people_roles ON people(role,id)WHERE role <> 'member';
CREATE INDEX people_machines ON people(id)WHERE has_machine = 1;
CREATE INDEX people_dearest ON people(month,rank,id);
CREATE TABLE begun(id INTEGER PRIMARY KEY CHECK(id = 1),list TEXT NOT NULL);
CREATE TABLE words(word TEXT NOT NULL,id TEXT NOT NULL,PRIMARY KEY(word,id))WITHOUT ROWID;
CREATE INDEX words_of ON words(id);
CREATE TABLE planned(id TEXT NOT NULL,schedule INTEGER NOT NULL,kind TEXT NOT NULL,state TEXT NOT NULL,paused_by TEXT,failures INTEGER NOT NULL,due_at INTEGER,PRIMARY KEY(id,schedule))WITHOUT ROWID;
CREATE INDEX planned_due ON planned(due_at)WHERE due_at IS NOT NULL;
CREATE INDEX planned_failing ON planned(failures)WHERE failures > 0;
CREATE INDEX planned_paused ON planned(state)WHERE state = 'paused';
CREATE TABLE plan_keys(id TEXT PRIMARY KEY,plans TEXT NOT NULL)WITHOUT ROWID;
CREATE TABLE days(day TEXT PRIMARY KEY,sums TEXT NOT NULL)WITHOUT ROWID;
CREATE TABLE closed(id INTEGER PRIMARY KEY CHECK(id = 1),through TEXT NOT NULL);`,
  },
];
