-- What tests and clients made of each world, part by part: its clock, its settings, its samples, its queue, its limits.
-- The key tells the entries of a part apart (a SHA-256, an account); it is empty where a part is one entry. Values are
-- JSON: nobody searches them, they are read once, when the server starts.
create table kept (
    world text not null,
    part text not null,
    key text not null,
    value text not null,
    primary key (world, part, key)
) strict, without rowid;

-- Earlier versions kept the queue alone, in tables of its own.
insert into kept (world, part, key, value)
select queued.world, 'queue', lower(hex(queued.sha256)), json_object(
    'analyses', (
        select json_group_array(json_object('engine', engine, 'queued_at', queued_at, 'ends_at', ends_at))
        from analysis where analysis.world = queued.world and analysis.sha256 = queued.sha256
    ),
    'changes_at', (
        select changes_at from sample_event
        where sample_event.world = queued.world and sample_event.sha256 = queued.sha256
    ),
    'told_at', (
        select told_at from sample_event
        where sample_event.world = queued.world and sample_event.sha256 = queued.sha256
    )
)
from (select world, sha256 from analysis union select world, sha256 from sample_event) as queued;

drop table analysis;
drop table sample_event;

-- Fixtures are read again at each start; their samples live beside the file.
drop table sample;
