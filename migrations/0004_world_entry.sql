-- One row for each persisted entry of a world, under a name that says so.
alter table kept rename to world_entry;

-- A queue's entry says when the sample's scans were ended through the admin API.
update world_entry
set value = json_set(json_remove(value, '$.told_at'), '$.ended_at', json_extract(value, '$.told_at'))
where part = 'queue';
