-- The tables that came after labels hold nothing but what is internal. Before the triggers of labels, as nobody did this but
-- the deployment. Waits for nobody.

do $$
begin
  perform comply_private.label_internal(
    '{allowed_extensions,assessment_exceptions,check_limits,report_schedules,reports}');
end;
$$;
