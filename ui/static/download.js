// Saves a text as a file, without leaving a copy on the server.
watch("value", () => {
  if (!props.value) return;
  const { name, text, type } = props.value;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
});
